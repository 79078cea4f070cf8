import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation

/// `burette status`: what is under way.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show ready jobs, running measurements and their workers, and results so far.",
        discussion:
            "With --broker, reads the feed and shows the broker's own counts; otherwise reads the ledger on this machine."
    )

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await History.of(name, broker, data)
        let broker = try broker.rabbitMQ()
        let account = StatusAccount(
            of: history, at: Date().timeIntervalSince1970, queues: try await queues(history, broker),
            isPlanned: try await broker?.isPlanned(name) ?? false,
            condition: try? await Ledger.open(path: data.ledgerPath(name), create: false).condition())
        if json { return Output.data(try Output.json(account)) }
        for line in account.lines(history.campaign) { Output.data(line) }
    }

    /// What the broker counts, where one is named.
    private func queues(_ history: History, _ broker: RabbitMQBroker?) async throws -> WorkQueues? {
        guard let broker else { return nil }
        return try await WorkQueues(history.state.capabilities) { only in
            do { return try await broker.depth(of: name, for: only) } catch BrokerError.unknownCampaign { return nil }
        }
    }
}
