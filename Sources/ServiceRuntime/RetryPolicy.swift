import Brokers
import Logging
import ServiceLifecycle

/// Retries after a lost link, with exponential back-off, until a shutdown.
package struct RetryPolicy {
    private let dependencies: Dependencies
    private let logger: Logger
    private var backoff = Backoff()
    private var lastReason = ""

    /// A policy of which the first pause is short.
    package init(dependencies: Dependencies, logger: Logger) {
        self.dependencies = dependencies
        self.logger = logger
    }

    /// Waits before the next try, for `longest` at most, or rethrows an error that a retry cannot fix. A repeated reason
    /// is logged once.
    package mutating func pause(after error: any Error, within longest: Duration? = nil) async throws {
        guard LinkFailure(error) != nil, !Task.isCancelled else { throw error }
        let next = backoff.next(random: dependencies.unit)
        let pause = longest.map { min(next, $0) } ?? next
        let reason = "\(error)"
        logger.log(level: reason == lastReason ? .debug : .warning, "\(reason). Trying again until it works")
        lastReason = reason
        let sleep = dependencies.sleep
        // A shutdown ends the pause early; the caller looks for it.
        try? await cancelledByShutdown { try await sleep(pause) }
        try Task.checkCancellation()
    }

    /// A try succeeded: the next pause is short again.
    package mutating func succeeded() {
        backoff.reset()
        lastReason = ""
    }
}
