import Campaigns

/// What measures: a device, a program, a person, a built-in surface.
public protocol Instrument: Sendable {
    /// Measures a job, and returns a value for each of its objectives. Throws ``MeasurementFailure`` when it cannot, and
    /// `CancellationError` when it is told to let go.
    func measure(_ job: Job) async throws -> [String: Double]
}

/// A measurement that could not be made.
public struct MeasurementFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why, in words.
    public let reason: String
    /// A failure for a reason.
    public init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
