/// A measurement that could not be made.
public struct MeasurementFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as text.
    public let reason: String
    /// Whether the point is at fault; nil where the instrument does not know.
    public let kind: FailureKind?
    /// A failure for a reason.
    public init(_ reason: String, kind: FailureKind? = nil) { (self.reason, self.kind) = (reason, kind) }
    public var description: String { reason }
}

/// Why a measurement failed, as far as its worker knows.
public enum FailureKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// The point is at fault: it clogged, it did not crystallise. It is never measured again, and the planner learns from it.
    case infeasible
    /// Bad luck: the needle was bent, the worker was lost. The point is tried again, and the planner learns nothing from it.
    case accident
}
