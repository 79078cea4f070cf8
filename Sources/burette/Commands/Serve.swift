import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import Foundation
import Logging
import ServiceRuntime
import Synchronization

/// `burette serve`: the control room.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show campaigns in a browser, and steer them from there.",
        discussion: help(
            """
            Shows every campaign that has a ledger in the data folder, and those at the broker: the named ones, or all that its management API tells of. It follows them as `burette watch` does, \
            and never holds a planner up. It answers to this machine alone, unless there are users (burette user add).
            """, examples: "burette serve", "burette serve --listen 127.0.0.1:8090",
            "burette serve mine other --broker amqp://burette-operator@broker"))

    @Argument(help: "Campaigns at the broker; without names all that are there.") var names: [CampaignName] = []
    @OptionGroup var room: RoomOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let broker = try self.broker.rabbitMQ()
        guard names.isEmpty || broker != nil else {
            throw ValidationError("Campaigns are named at a broker: say where it is, --broker amqp://user@host.")
        }
        let logger = log.logger()
        let known = KnownCampaigns(Set(names), at: names.isEmpty ? broker : nil, logger: logger)
        let room = try room.controlRoom(
            Watchlist(directory: data.directory, broker: broker, names: known.refreshed), data, logger: logger,
            broker: { known.contains($0) ? broker : nil })
        // A planner on the same machine goes first.
        _ = nice(10)
        try await serve([room], patient: nil, logger: logger, note: Output.note)
    }
}

/// The campaigns at a broker, as they are known now.
private final class KnownCampaigns: Sendable {
    private struct State {
        var names: Set<CampaignName>
        var trouble: String?
    }

    private let state: Mutex<State>
    private let broker: RabbitMQBroker?
    private let logger: Logger

    /// The named ones; all that `broker` tells of, if it is asked.
    init(_ names: Set<CampaignName>, at broker: RabbitMQBroker?, logger: Logger) {
        state = Mutex(State(names: names))
        (self.broker, self.logger) = (broker, logger)
    }

    func contains(_ name: CampaignName) -> Bool { state.withLock { $0.names.contains(name) } }

    /// Asks the broker. Where it does not answer, what was known stays, and the reason is said once.
    func refreshed() async -> Set<CampaignName> {
        guard let broker else { return state.withLock(\.names) }
        var trouble: String?
        do {
            if let names = try await broker.campaigns() {
                state.withLock { $0.names = Set(names) }
            } else {
                trouble = "no management API is known: say where it is (--management URL)"
            }
        } catch {
            trouble = "\(error)"
        }
        let isNew = state.withLock { state in
            defer { state.trouble = trouble }
            return trouble != nil && trouble != state.trouble
        }
        if let trouble, isNew {
            logger.warning(
                "the campaigns at the broker are not known: \(trouble). Or name them: burette serve NAME --broker URL")
        }
        return state.withLock(\.names)
    }
}
