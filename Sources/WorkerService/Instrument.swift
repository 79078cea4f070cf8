import Campaigns

/// What measures: a device, a program, a person, a built-in surface.
public protocol Instrument: Sendable {
    /// Measures a job, and returns a value for each of its objectives. What it has to say meanwhile goes to `report`. Throws
    /// ``MeasurementFailure`` when it cannot, ``JobReturned`` when somebody else is to, and `CancellationError` when it is told to
    /// let go.
    func measure(_ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void) async throws -> MeasurementResult

    /// Told when what became of a job is on the worker's disk, or where that is full at the broker: from here on it cannot be lost.
    func kept(_ job: JobID) async
}

extension Instrument {
    /// Most instruments need not know.
    public func kept(_ job: JobID) async {}
}

/// How far a measurement has come.
public struct MeasurementStep: Hashable, Sendable {
    /// From 0 to 1, where it is known.
    public var fraction: Double?
    /// What is being done, in words.
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
    /// Why, in words.
    public let reason: String
    /// A job that is given back for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { "given back: \(reason)" }
}

/// A measurement that could not be made.
public struct MeasurementFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why, in words.
    public let reason: String
    /// A failure for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
