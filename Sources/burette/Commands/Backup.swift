import ArgumentParser
import Campaigns
import EventStore
import Foundation

/// `burette backup`: a copy of a ledger.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a campaign's ledger to a new file, also while its planner runs.",
        discussion: help(
            "To restore it, stop the planner and put the copy in place of DIR/NAME.sqlite. What was measured since then is read from the broker's feed.",
            examples: "burette backup mine /mnt/backup/mine.sqlite",
            "burette backup mine \"/mnt/backup/mine-$(date +%F).sqlite\" --data /var/lib/burette"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The new file.", completion: .file()) var file: String
    @OptionGroup var data: DataOptions

    func run() async throws {
        let ledger = try Ledger.open(path: data.ledgerPath(name), create: false)
        let count = try await ledger.backUp(to: file)
        Output.note("\(file): \(count) events of \(name), checked")
    }
}
