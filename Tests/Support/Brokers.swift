import AMQP
import Brokers
import Campaigns
import Foundation
import Testing

/// The broker that deploy/test started; nil when the tests run without it.
public enum TestBroker {
    private static let environment = ProcessInfo.processInfo.environment
    public static let endpoint: Endpoint? = environment["BURETTE_TEST_BROKER"].flatMap { try? Endpoint(uri: $0) }
    public static let uri: String? = environment["BURETTE_TEST_BROKER"]
    public static let tls: Endpoint? = environment["BURETTE_TEST_TLS"].flatMap { try? Endpoint(uri: $0) }
    public static let certificates: String? = environment["BURETTE_TEST_CERTIFICATES"]
    /// The node's management API.
    public static let management: Management? = environment["BURETTE_TEST_MANAGEMENT"].flatMap { url in
        endpoint.flatMap { Management(url: url, of: $0) }
    }
    public static var isThere: Bool { endpoint != nil }

    /// A control command of the node; what it prints.
    public static func control(_ words: String...) async throws -> String {
        guard let program = environment["BURETTE_TEST_RABBITMQCTL"], let home = environment["BURETTE_TEST_NODE_HOME"]
        else { return "" }
        let all = environment.merging(["HOME": home]) { $1 }
        return try await command(program, ["--quiet"] + words, environment: all).output
    }

    /// Has the node close every connection whose client's properties contain `text`.
    public static func closeConnections(naming text: String) async throws {
        for line in try await control("list_connections", "pid", "client_properties").split(separator: "\n")
        where line.contains(text) {
            _ = try await control("close_connection", String(line.split(separator: "\t")[0]), "trouble")
        }
    }
}

/// Runs a program to its end, on a thread of its own: waiting for it must not hold up the tests that run beside.
public func command(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: String? = nil
) async throws -> (status: Int32, output: String, errors: String) {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(
                with: Result {
                    let process = Process()
                    process.executableURL = URL(fileURLWithPath: program)
                    process.arguments = arguments
                    process.environment = environment ?? ProcessInfo.processInfo.environment
                    process.standardInput = input.map { FileHandle(forReadingAtPath: $0) ?? .nullDevice } ?? .nullDevice
                    let (output, errors) = (Pipe(), Pipe())
                    (process.standardOutput, process.standardError) = (output, errors)
                    try process.run()
                    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                    process.waitUntilExit()
                    return (process.terminationStatus, text, said)
                })
        }
    }
}

/// The brokers that the conformance suite holds to the same promises.
public enum BrokerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case embedded, rabbitMQ

    /// Those that can be tested here.
    public static var available: [BrokerKind] { TestBroker.isThere ? allCases : [.embedded] }

    public var testDescription: String { rawValue }

    public func make() -> any Broker {
        switch (self, TestBroker.endpoint) {
        case (.rabbitMQ, let endpoint?): RabbitMQBroker(endpoint: endpoint, management: TestBroker.management)
        default: EmbeddedBroker()
        }
    }
}

/// A campaign name that nobody else uses.
public func freshName(_ stem: String = "test") throws -> CampaignName {
    try CampaignName("\(stem)-\(String(UInt32.random(in: .min ... .max), radix: 16))")
}

/// A folder of its own, removed at the end.
public func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("burette-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// A campaign over the Branin surface.
public func braninCampaign(
    _ name: CampaignName, measurements: Int = 20,
    planner: PlannerSettings = PlannerSettings(kind: .sobol, seed: 7, lookahead: 3)
) -> Campaign {
    Campaign(
        name: name,
        space: ParameterSpace([
            Parameter(name: "x0", domain: .continuous(low: -5, high: 10, scale: .linear)),
            Parameter(name: "x1", domain: .continuous(low: 0, high: 15, scale: .linear)),
        ]), objectives: [Objective(name: "branin", goal: .minimize)], planner: planner,
        budget: Budget(measurements: measurements))
}

/// What comes out of a stream, in order, as it comes.
public actor Collector<Element: Sendable> {
    private var waiting: [Element] = []
    /// How the stream ended, once it has.
    public private(set) var error: (any Error)?
    public private(set) var ended = false

    public init(_ stream: AsyncThrowingStream<Element, any Error>) {
        Task { await self.collect(stream) }
    }

    private func collect(_ stream: AsyncThrowingStream<Element, any Error>) async {
        do {
            for try await element in stream { waiting.append(element) }
        } catch {
            self.error = error
        }
        ended = true
    }

    /// The next element; nil when none comes within some seconds.
    public func next(within seconds: Double = 5) async -> Element? {
        _ = await eventually(within: seconds) { !waiting.isEmpty || ended }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Whether the stream ends within some seconds.
    public func ends(within seconds: Double = 5) async -> Bool {
        _ = await eventually(within: seconds) { ended }
        return ended
    }
}

/// Whether something becomes true within some seconds of a quiet machine. Every test runs at once, and some compute: a busy
/// machine has several times as long, and as many looks as there are on a quiet one, since a test whose task had no turn, and
/// what it waits for none either, has not waited.
public func eventually(
    within seconds: Double = 5, isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(4 * seconds)
    let pause = 0.005
    var looks = 0
    while ContinuousClock.now < deadline || looks < Int(seconds / pause) {
        if try await condition() { return true }
        looks += 1
        try? await Task.sleep(for: .seconds(pause))
    }
    return try await condition()
}

/// An outcome that a test did not expect.
public struct Unexpected: Error, CustomStringConvertible {
    private let error: (any Error)?
    public init(_ error: (any Error)?) { self.error = error }
    public var description: String { "unexpected: \(error.map { "\($0)" } ?? "no error")" }
}

/// Random numbers that a printed seed replays.
public struct Dice: RandomNumberGenerator {
    private var state: UInt64
    public init(seed: UInt64) { state = seed }
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A connection to the test's broker, closed at the end.
public func withConnection(_ body: (Connection) async throws -> Void) async throws {
    guard let endpoint = TestBroker.endpoint else { throw Unexpected(nil) }
    let connection = try await Connection.open(endpoint, name: "test")
    do {
        try await body(connection)
    } catch {
        await connection.close()
        throw error
    }
    await connection.close()
}
