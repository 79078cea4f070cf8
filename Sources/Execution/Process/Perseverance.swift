import AMQP
import Brokers
import Logging
import ServiceLifecycle

/// Trying again, for parties whose link to the broker is lost: with back-off, until a shutdown.
struct Perseverance {
    private let surroundings: Surroundings
    private let logger: Logger
    private var backoff = Backoff()
    private var lastReason = ""

    init(surroundings: Surroundings, logger: Logger) {
        self.surroundings = surroundings
        self.logger = logger
    }

    /// Waits before the next try, for `longest` at most, or rethrows an error that no further try would mend. A reason that stays the
    /// same is said once.
    mutating func overcome(_ error: any Error, within longest: Duration? = nil) async throws {
        guard Self.isTransient(error), !Task.isCancelled else { throw error }
        let next = backoff.next(random: surroundings.unit)
        let pause = longest.map { min(next, $0) } ?? next
        let reason = "\(error)"
        logger.log(level: reason == lastReason ? .debug : .warning, "\(reason). Trying again until it works")
        lastReason = reason
        let sleep = surroundings.sleep
        try? await cancelledByShutdown { try await sleep(pause) }
        try Task.checkCancellation()
    }

    /// A try succeeded.
    mutating func succeeded() {
        backoff.reset()
        lastReason = ""
    }

    /// Which errors a new link may mend.
    static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case let error as AMQPError: error.isTransient
        // A worker may be there before its planner.
        case BrokerError.unknownCampaign, BrokerError.linkClosed, BrokerError.queueGone, BrokerError.noQueue: true
        default: false
        }
    }

    /// Which errors leave the connection alive, and with it the planner's lock.
    static func leavesConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as AMQPError: error.leavesConnection
        case BrokerError.queueGone: true
        default: false
        }
    }
}
