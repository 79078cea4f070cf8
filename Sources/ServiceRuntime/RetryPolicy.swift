import Brokers
import Logging
import ServiceLifecycle

/// Retries after a lost link, with exponential back-off, until a shutdown.
package struct RetryPolicy {
    private let service: String
    private let dependencies: Dependencies
    private let logger: Logger
    private var backoff = Backoff()
    private var hasSucceeded = false
    private var lastReason = ""
    /// How often the last reason came once more.
    private var repeats = 0
    /// A worker that waits for its planner to make its queue says so only after so many tries, some seconds.
    private static let triesBeforeQueue = 5

    /// A policy of which the first pause is short, for the service of that name.
    package init(of service: String, dependencies: Dependencies, logger: Logger) {
        self.service = service
        self.dependencies = dependencies
        self.logger = logger
    }

    /// Waits before the next try, for `longest` at most, or rethrows an error that a retry cannot fix: a refused login before the first
    /// success, for instance. A repeated reason is logged once. A shutdown ends the pause early, unless the try is part of it.
    package mutating func pause(
        after error: any Error, within longest: Duration? = nil, isPartOfShutdown: Bool = false
    ) async throws {
        guard LinkFailure(error) != nil || hasSucceeded && LinkFailure.isRefusal(error), !Task.isCancelled else {
            throw error
        }
        let next = backoff.next(random: dependencies.unit)
        let pause = longest.map { min(next, $0) } ?? next
        let reason = "\(error)"
        (lastReason, repeats) = (reason, reason == lastReason ? repeats + 1 : 0)
        let isNews = if case BrokerError.noQueue = error { repeats == Self.triesBeforeQueue } else { repeats == 0 }
        logger.log(
            level: isNews ? .warning : .debug,
            "\(reason)\(reason.hasSuffix("?") || reason.hasSuffix(".") ? "" : ".") Trying again until it works")
        dependencies.reportHealth(service, reason)
        let sleep = dependencies.sleep
        if isPartOfShutdown {
            try? await sleep(pause)
        } else {
            try? await cancelledByShutdown { try await sleep(pause) }
        }
        try Task.checkCancellation()
    }

    /// A try succeeded: the next pause is short again.
    package mutating func succeeded() {
        dependencies.reportHealth(service, nil)
        hasSucceeded = true
        backoff.reset()
        (lastReason, repeats) = ("", 0)
    }
}
