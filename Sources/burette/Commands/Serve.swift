import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import Foundation
import ServiceRuntime

/// `burette serve`: the control room.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show campaigns in a browser, and steer them from there.",
        discussion: help(
            """
            Shows every campaign that has a ledger in the data folder, and those that are named at the broker. It follows them as `burette watch` does, \
            and never holds a planner up. It answers to this machine alone.
            """, examples: "burette serve", "burette serve --listen 127.0.0.1:8090",
            "burette serve mine other --broker amqp://burette-operator@broker"))

    @Argument(help: "Campaigns at the broker.") var names: [CampaignName] = []
    @Option(help: ArgumentHelp("Address and port; port 0 is any free one.", valueName: "address:port"))
    var listen: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8080)
    @Option(
        help: ArgumentHelp(
            "Folder of the Vega modules that draw charts, as Debian's libjs-vega has them.", valueName: "dir"))
    var charts = "/usr/share/javascript/vega"
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    /// `127.0.0.1:8080`, `[::1]:8080`, or a port alone.
    struct ListenAddress: ExpressibleByArgument {
        let host: String
        let port: Int

        init(host: String, port: Int) { (self.host, self.port) = (host, port) }

        init?(argument: String) {
            let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
            guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port) else { return nil }
            self.port = port
            let host = argument.dropLast(parts.last.map { $0.count + 1 } ?? 0)
            self.host = parts.count == 1 ? "127.0.0.1" : host.trimmingCharacters(in: ["[", "]"])
        }
    }

    func run() async throws {
        let broker = try self.broker.rabbitMQ()
        guard names.isEmpty || broker != nil else {
            throw ValidationError("Campaigns are named at a broker: say where it is, --broker amqp://user@host.")
        }
        let host = listen.host
        let room = try ControlRoom(
            Watchlist(directory: data.directory, broker: broker, names: names), directory: data.directory, host: host,
            port: listen.port, charts: charts, logger: log.logger(),
            listening: { port in
                Output.note("The control room is at http://\(host.contains(":") ? "[\(host)]" : host):\(port)/")
            })
        try await serve([room], patient: nil, logger: log.logger(), note: Output.note)
    }
}
