import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import Foundation
import Logging
import ServiceRuntime

/// Where the control room is, and what it has.
struct RoomOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Address and port of the control room; port 0 is any free one.", valueName: "address:port"))
    var listen: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8080)
    @Option(
        help: ArgumentHelp(
            "Folder of the Vega modules that draw charts, as Debian's libjs-vega has them.", valueName: "dir"))
    var charts = "/usr/share/javascript/vega"
    @Option(
        help: ArgumentHelp(
            "How long a job that somebody took at the bench stays without a sign of life, in minutes.",
            valueName: "minutes"))
    var lease = 30.0

    @Option(
        help: ArgumentHelp(
            "PEM file of the TLS certificate, followed by those between it and the root.", valueName: "file"))
    var certificate: String?
    @Option(help: ArgumentHelp("PEM file of the certificate's key.", valueName: "file"))
    var key: String?
    @Option(
        help: ArgumentHelp("Host name that the control room answers to, beside this machine's own.", valueName: "host"))
    var name: [String] = []
    @Option(
        help: ArgumentHelp(
            "Address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed.", valueName: "address"))
    var proxy: [String] = []
    @Flag(help: "Let passwords come unencrypted from other machines: the network is trusted.")
    var withoutTls = false

    @Option(help: ArgumentHelp("The largest file that is attached to a result, in MiB.", valueName: "MiB"))
    var attachmentLimit = 50

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

    func validate() throws {
        guard lease > 0, lease <= 10_000 else {
            throw ValidationError("--lease is a number of minutes, 10000 at most.")
        }
        guard (1...10_000).contains(attachmentLimit) else {
            throw ValidationError("--attachment-limit can be 1 to 10000.")
        }
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key belong together.")
        }
    }

    /// The control room of the campaigns on `watchlist`; jobs can be taken of those that `broker` knows the broker of.
    func controlRoom(
        _ watchlist: Watchlist, _ data: DataOptions, logger: Logger,
        broker: @escaping @Sendable (CampaignName) -> (any Broker)?
    ) throws -> ControlRoom {
        let bench = Bench(
            directory: "\(data.directory)/bench", lease: .seconds(lease * 60), logger: logger, broker: broker)
        let host = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
        let surroundings = Surroundings(
            names: Set(name), proxies: Set(proxy),
            certificate: certificate.flatMap { chain in key.map { (chain, $0) } }, isTrustedNetwork: withoutTls,
            largestAttachment: attachmentLimit << 20)
        let scheme = certificate == nil ? "http" : "https"
        return try ControlRoom(
            watchlist, bench, directory: data.directory, host: listen.host, port: listen.port, charts: charts,
            surroundings: surroundings, logger: logger,
            listening: { port in Output.note("The control room is at \(scheme)://\(host):\(port)/") })
    }
}
