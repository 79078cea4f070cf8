import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation

/// `burette status`: what is under way.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is ready, what is being measured and where, and what has ended.",
        discussion:
            "With --broker from the feed, the broker's own counts beside; without, from the ledger on this machine.")

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await History.of(name, broker, data)
        let account = StatusAccount(
            of: history, at: Date().timeIntervalSince1970, counted: try await counted(history),
            condition: try? await Ledger.open(path: data.ledgerPath(name), create: false).condition())
        if json { return Output.data(try Output.json(account)) }
        for line in account.lines(history.campaign) { Output.data(line) }
    }

    /// What the broker counts, where one is named.
    private func counted(_ history: History) async throws -> StatusAccount.Counted? {
        guard let broker = try broker.rabbitMQ() else { return nil }
        let planned = try await broker.isPlanned(name)
        do {
            let depth = try await broker.depth(of: name)
            return .init(
                ready: depth.ready, unacknowledged: max(0, history.state.circulating.count - depth.ready),
                consumers: depth.consumers, planner: planned, missing: false)
        } catch BrokerError.unknownCampaign {
            return .init(ready: 0, unacknowledged: 0, consumers: 0, planner: planned, missing: true)
        }
    }
}
