import ArgumentParser
import Campaigns
import Monitoring

/// `burette report`: the outcome.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Report the outcome of a campaign.",
        discussion: help("", examples: "burette report mine", "burette report mine --json"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        try Report(of: history.campaign, history.state).print(history.campaign, json: json)
    }
}
