import Campaigns
import ServiceLifecycle
import Synchronization

/// An instrument: a device, a program, a person, a built-in test function.
public protocol Instrument: Sendable {
    /// Measures a job, and returns a value for each of its objectives. What it has to say meanwhile goes to `report`. Throws
    /// ``MeasurementFailure`` when it cannot, ``JobReturned`` when somebody else is to, ``JobClaimed`` when it is somebody's
    /// for a time, ``InstrumentUnusable`` when it can measure nothing at all, and `CancellationError` when it is told to let go.
    func measure(_ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void) async throws -> MeasurementResult

    /// Measures a batch, and calls `outcome` with what came of each of its ``Job/experiments`` as soon as that is known, in any order. Throws as
    /// ``measure(_:report:)`` does; then that holds for all samples that have no outcome.
    func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws

    /// Called when the result of a job is safe: on the worker's disk, or at the broker where the disk is full. A claim is at the broker.
    func kept(_ job: JobID) async
}

extension Instrument {
    /// Does nothing.
    public func kept(_ job: JobID) async {}

    /// Measures one sample after another.
    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        try await measureOneByOne(batch, report: report, outcome: outcome)
    }

    /// Measures a job by an instrument that takes whole batches: as a batch of one, which shares all its parameters.
    public func measureAsBatch(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        let outcome = Mutex<Result<MeasurementResult, any Error>?>(nil)
        try await measure(batch: Job(batch: job.id, of: [job], sharing: job.parameters), report: report) { _, result in
            outcome.withLock { $0 = result }
        }
        guard let result = outcome.withLock({ $0 }) else {
            throw MeasurementFailure("the instrument ended without a result")
        }
        return try result.get()
    }

    /// Measures one sample of a batch after another. After a shutdown it finishes the sample in hand, and somebody else measures the others.
    public func measureOneByOne(
        _ batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        let samples = batch.experiments
        for (index, sample) in samples.enumerated() {
            if index > 0, Task.isShuttingDownGracefully { throw JobReturned("the worker stops") }
            do {
                let result = try await measure(sample) { step in
                    report(step.ofSample(index, of: samples.count))
                }
                outcome(sample.id, .success(result))
            } catch let error where error.endsBatch {
                throw error
            } catch let error as BatchFailure {
                throw error.failure
            } catch {
                outcome(sample.id, .failure(error))
            }
        }
    }
}

extension Error {
    /// Whether what an instrument throws of one sample is about the whole job.
    fileprivate var endsBatch: Bool {
        self is JobReturned || self is JobClaimed || self is InstrumentUnusable || self is CancellationError
    }
}

/// The progress of a measurement.
public struct MeasurementStep: Hashable, Sendable {
    /// The completed fraction, 0 to 1, if known.
    public var fraction: Double?
    /// What is being done, as text.
    public var note: String?
    /// Values so far, by name.
    public var partial: [String: Double]?

    /// A step; whatever is not known is left out.
    public init(fraction: Double? = nil, note: String? = nil, partial: [String: Double]? = nil) {
        self.fraction = fraction
        self.note = note
        self.partial = partial
    }

    /// It as a step of a batch, whose samples are measured one after another.
    func ofSample(_ index: Int, of count: Int) -> MeasurementStep {
        let words = "sample \(index + 1) of \(count)"
        return MeasurementStep(
            fraction: (Double(index) + (fraction ?? 0)) / Double(count), note: note.map { "\(words): \($0)" } ?? words,
            partial: partial)
    }
}

/// A job that its worker does not measure, and that is to be handed out again.
public struct JobReturned: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as text.
    public let reason: String
    /// A job that is given back for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { "returned: \(reason)" }
}

/// A job that is somebody's until a time, whatever becomes of this worker: it is acknowledged, and its result comes by another way.
public struct JobClaimed: Error, Hashable, Sendable, CustomStringConvertible {
    /// When the lease ends, in seconds since 1970.
    public let until: Double
    /// A job that is claimed until a time.
    public init(until: Double) { self.until = until }
    public var description: String { "claimed until \(until.shortest)" }
}

/// What ends the measurement of a sample and of all others of its batch that have no result.
public struct BatchFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why.
    public let failure: MeasurementFailure
    /// The end of a batch.
    public init(_ failure: MeasurementFailure) { self.failure = failure }
    public var description: String { failure.description }
}

/// An instrument that cannot measure anything as it is, such as a program that is missing. Its worker returns the job and ends: to go on
/// would fail one job after another.
public struct InstrumentUnusable: CodedError, Hashable, Sendable, CustomStringConvertible {
    /// Why, and what to do.
    public let reason: String
    /// An instrument that cannot be used for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { "the instrument cannot be used: \(reason)" }
    public var code: String { "instrument-unusable" }
}
