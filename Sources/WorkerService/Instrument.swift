import Campaigns

/// An instrument: a device, a program, a person, a built-in test function.
public protocol Instrument: Sendable {
    /// Measures a job, and returns a value for each of its objectives. What it has to say meanwhile goes to `report`. Throws
    /// ``MeasurementFailure`` when it cannot, ``JobReturned`` when somebody else is to, ``InstrumentUnusable`` when it can measure nothing
    /// at all, and `CancellationError` when it is told to let go.
    func measure(_ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void) async throws -> MeasurementResult

    /// Called when the result of a job is safe: on the worker's disk, or at the broker where the disk is full.
    func kept(_ job: JobID) async
}

extension Instrument {
    /// Does nothing.
    public func kept(_ job: JobID) async {}
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
}

/// A job that its worker does not measure, and that is to be handed out again.
public struct JobReturned: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as text.
    public let reason: String
    /// A job that is given back for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { "returned: \(reason)" }
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
