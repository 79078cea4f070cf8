import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Monitoring

/// `burette status`: what is under way.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show ready jobs, running measurements and their workers, and results so far.",
        discussion: help(
            "With --broker, reads the feed and shows the broker's own counts; otherwise reads the ledger on this machine.",
            examples: "burette status mine", "burette status mine --broker amqp://burette-viewer@broker --json")
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        let broker = try broker.rabbitMQ()
        let status = CampaignStatus(
            of: history, at: Date().timeIntervalSince1970,
            counts: try await broker?.counts(of: name, history.state.capabilities),
            isPlanned: try await broker?.isPlanned(name) ?? false,
            // Over a broker there need be no ledger on this machine.
            condition: try? await Ledger.open(path: data.ledgerPath(name), create: false).condition())
        if json { return Output.data(try Output.json(status)) }
        for line in status.lines(history.campaign) { Output.data(line) }
    }
}
