import AMQP
import Brokers
import Campaigns
import Logging
import ServiceRuntime
import Synchronization
import TestLaboratory
import Testing

/// What a service says and does while its broker is not there.
@Suite("A retry policy")
struct RetryPolicyTests {
    /// The pauses and lines of some tries that end with `errors`, one after another.
    private func outcome(
        of errors: [any Error], afterSuccess: Bool = false
    ) async throws -> (pauses: [Duration], lines: [String]) {
        let (pauses, lines) = (Pauses(), Lines())
        let dependencies = Dependencies(
            now: { 0 }, sleep: { pauses.add($0) }, random: { .max }, offloading: ThreadOffloading())
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .info
        var policy = RetryPolicy(of: "service", dependencies: dependencies, logger: logger)
        if afterSuccess { policy.succeeded() }
        for error in errors { try await policy.pause(after: error) }
        return (pauses.all, lines.all)
    }

    @Test("says a reason once, and pauses longer and longer")
    func once() async throws {
        let (pauses, lines) = try await outcome(of: [BrokerError](repeating: .linkClosed, count: 8))
        #expect(lines.count == 1 && lines.first?.contains("Trying again until it works") == true, "\(lines)")
        #expect(pauses == pauses.sorted() && pauses.count == 8 && pauses[7] > pauses[0] * 8, "\(pauses)")
    }

    @Test("of a worker whose queue the planner has yet to make says so only if that lasts")
    func queue() async throws {
        let missing = BrokerError.noQueue(for: Capability(["x": .range(low: 0, high: 1)]))
        #expect(try await outcome(of: [BrokerError](repeating: missing, count: 3)).lines.isEmpty)
        #expect(try await outcome(of: [BrokerError](repeating: missing, count: 20)).lines.count == 1)
    }

    @Test(
        "rethrows a refused login at the start, and waits for its end later: a password is changed, a certificate renewed"
    )
    func refusedLogin() async throws {
        let endpoint = Endpoint(host: "lab")
        for refusal in [
            AMQPError.loginRefused(endpoint, reason: "no"), .virtualHostRefused(endpoint, reason: "no"),
            .insecure(endpoint, .outOfDate(detail: "certificate has expired")),
        ] {
            await #expect(throws: refusal) { _ = try await outcome(of: [refusal]) }
            #expect(try await outcome(of: [refusal], afterSuccess: true).pauses.count == 1)
        }
    }

    @Test("rethrows what a retry cannot mend")
    func others() async throws {
        struct Other: Error {}
        await #expect(throws: Other.self) { _ = try await outcome(of: [Other()]) }
    }
}

private final class Pauses: Sendable {
    private let pauses = Mutex<[Duration]>([])
    var all: [Duration] { pauses.withLock { $0 } }
    func add(_ pause: Duration) { pauses.withLock { $0.append(pause) } }
}
