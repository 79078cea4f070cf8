import Campaigns
import Monitoring

extension Report {
    /// Prints it, for people or as JSON.
    func print(_ campaign: Campaign, json: Bool) throws {
        if json { return Output.data(try Output.json(self)) }
        for line in lines(campaign) { Output.data(line) }
    }
}
