import Campaigns
import ServiceLifecycle
import ServiceRuntime

/// Takes one job from a broker for somebody, and no other one: the instrument of a worker that claims it and leaves.
public actor Claimant: Instrument {
    private let lease: Duration
    private let now: @Sendable () -> Double
    private let leave: @Sendable () -> Void
    private var offer: (message: Job, since: Double, until: Double)?
    /// The job, since when and until when it is claimed, once the broker knows; in seconds since 1970.
    public private(set) var claim: (message: Job, since: Double, until: Double)?

    /// A claimant for a `lease`. `leave` tells its worker to stop, which it does before it acknowledges the job: it would be
    /// sent the next one.
    public init(lease: Duration, now: @escaping @Sendable () -> Double, leave: @escaping @Sendable () -> Void) {
        (self.lease, self.now, self.leave) = (lease, now, leave)
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        try await take(job)
    }

    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        try await take(batch)
    }

    public func kept(_ job: JobID) async { if let offer, offer.message.id == job { claim = offer } }

    private func take(_ message: Job) async throws -> Never {
        let since = now()
        let until = since + lease / .seconds(1)
        offer = (message, since, until)
        let leaving = Mailbox<Void>()
        await withGracefulShutdownHandler {
            leave()
            _ = await leaving.next()
        } onGracefulShutdown: {
            leaving.send(())
        }
        try Task.checkCancellation()
        throw JobClaimed(until: until)
    }
}
