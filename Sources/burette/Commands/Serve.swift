import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import ServiceRuntime

/// `burette serve`: the control room.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show campaigns in a browser, and steer them from there.",
        discussion: help(
            """
            Shows every campaign that has a ledger in the data folder, and those that are named at the broker. It follows them as `burette watch` does, \
            and never holds a planner up. It answers to this machine alone, unless there are users (burette user add).
            """, examples: "burette serve", "burette serve --listen 127.0.0.1:8090",
            "burette serve mine other --broker amqp://burette-operator@broker"))

    @Argument(help: "Campaigns at the broker.") var names: [CampaignName] = []
    @OptionGroup var room: RoomOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let broker = try self.broker.rabbitMQ()
        guard names.isEmpty || broker != nil else {
            throw ValidationError("Campaigns are named at a broker: say where it is, --broker amqp://user@host.")
        }
        let named = Set(names)
        let room = try room.controlRoom(
            Watchlist(directory: data.directory, broker: broker, names: names), data, logger: log.logger(),
            broker: { named.contains($0) ? broker : nil })
        try await serve([room], patient: nil, logger: log.logger(), note: Output.note)
    }
}
