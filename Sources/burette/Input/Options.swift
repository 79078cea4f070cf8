import AMQP
import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Logging
import Monitoring

extension CampaignName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? CampaignName(argument) else { return nil }
        self = name
    }
}

/// Where the ledgers are.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("Folder of the ledgers (BURETTE_DATA, default ./burette-data).", valueName: "dir"))
    var given: String?

    var directory: String {
        given ?? ProcessInfo.processInfo.environment["BURETTE_DATA"] ?? "./burette-data"
    }

    func ledgerPath(_ campaign: CampaignName) -> String { Ledger.path(of: campaign, in: directory) }
}

/// Where the broker is.
struct BrokerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Broker URL, amqp:// or amqps:// (BURETTE_BROKER); cluster nodes are separated by commas: amqp://user@one,two,three. The password may also come from BURETTE_PASSWORD.",
            valueName: "url"))
    var broker: String?

    @Option(
        help: ArgumentHelp(
            "File whose first line is the broker password (BURETTE_PASSWORD_FILE).", valueName: "file"))
    var passwordFile: String?

    @Option(
        help: ArgumentHelp(
            "RabbitMQ management API (BURETTE_MANAGEMENT; default http://HOST:15672 for amqp://). The planner asks it for unacknowledged jobs before it declares one lost.",
            valueName: "url"))
    var management: String?

    /// The endpoint, if one is given. Throws ``Endpoint/InvalidURI``.
    func endpoint() throws -> Endpoint? {
        let environment = ProcessInfo.processInfo.environment
        guard let uri = broker ?? environment["BURETTE_BROKER"], !uri.isEmpty else { return nil }
        var password = environment["BURETTE_PASSWORD"]
        if let passwordFile = passwordFile ?? environment["BURETTE_PASSWORD_FILE"], !passwordFile.isEmpty {
            guard let text = try? String(contentsOfFile: passwordFile, encoding: .utf8) else {
                throw Failure("the password file \(passwordFile) cannot be read")
            }
            password = text.split(separator: "\n").first.map(String.init) ?? ""
        }
        return try Endpoint(uri: uri, password: password)
    }

    /// The broker that is given, if one is.
    func rabbitMQ() throws -> RabbitMQBroker? {
        guard let endpoint = try endpoint() else { return nil }
        let url = management ?? ProcessInfo.processInfo.environment["BURETTE_MANAGEMENT"]
        guard let url, !url.isEmpty else {
            return RabbitMQBroker(endpoint: endpoint, management: Management(of: endpoint))
        }
        guard let management = Management(url: url, of: endpoint) else {
            throw ValidationError("--management takes an address such as http://host:15672.")
        }
        return RabbitMQBroker(endpoint: endpoint, management: management)
    }

    /// Where a campaign is read: at the broker that is given, else in the ledger on this machine.
    func source(of campaign: CampaignName, _ data: DataOptions) throws -> CampaignSource {
        if let broker = try rabbitMQ() { return .broker(broker) }
        return .ledger(path: data.ledgerPath(campaign))
    }

    /// The broker, which this command cannot do without.
    func required() throws -> RabbitMQBroker {
        guard let broker = try rabbitMQ() else {
            throw ValidationError("Say where the broker is: --broker amqp://user@host, or BURETTE_BROKER.")
        }
        return broker
    }
}

/// How much is said.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Log level: trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: Logger.Level = .notice

    func logger() -> Logger {
        var logger = Logger(label: "burette") { _ in NoteLogHandler() }
        logger.logLevel = logLevel
        return logger
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// Log lines as notes above the live line.
struct NoteLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let tail = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        Output.note("\(time) \(event.level): \("\(event.message)\(tail)".onOneLine)")
    }
}

/// `5...30`, seconds.
struct DurationRange: ExpressibleByArgument, Decodable {
    let range: ClosedRange<Double>

    /// No time at all.
    init() { range = 0...0 }

    init?(argument: String) {
        let ends = argument.components(separatedBy: "...").map { Double($0) }
        guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, low >= 0, low <= high,
            high.isFinite
        else { return nil }
        range = low...high
    }
}
