/// The identity of a job, chosen by the planner: its number in the campaign and a few random digits, `0007-3fa9c1`.
public struct JobID: Hashable, Codable, Sendable, CustomStringConvertible, Comparable {
    /// The id as text.
    public let rawValue: String

    /// An id that came over the wire.
    public init(_ text: String) { rawValue = text }

    /// The id of the campaign's job `number` (from 1). The random part keeps it apart from jobs of an earlier campaign of
    /// the same name.
    public init(number: Int, random: UInt64) {
        let digits = String(random & 0xFF_FFFF, radix: 16)
        let count = String(number)
        rawValue =
            String(repeating: "0", count: max(0, 4 - count.count)) + count + "-"
            + String(repeating: "0", count: 6 - digits.count) + digits
    }

    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (one: JobID, other: JobID) -> Bool { one.rawValue < other.rawValue }
}

/// A recommendation on its way: what to measure, and why.
public struct Job: Hashable, Codable, Sendable {
    /// Its identity.
    public let id: JobID
    /// The point to measure.
    public let parameters: Point
    /// The names of the quantities that its result must have.
    public let objectives: [String]
    /// Which part of the campaign it belongs to.
    public let origin: Origin
    /// What its worker does if it is delivered a second time.
    public let redelivery: WorkerSettings.Redelivery
    /// Why this point: what the planner predicted of it.
    public let explanation: Explanation?
    /// Seconds that the planner took for it and those published with it.
    public let planSeconds: Double?

    /// A job for `parameters`.
    public init(
        id: JobID, parameters: Point, objectives: [String], origin: Origin,
        redelivery: WorkerSettings.Redelivery = .rerun, explanation: Explanation? = nil, planSeconds: Double? = nil
    ) {
        self.id = id
        self.parameters = parameters
        self.objectives = objectives
        self.origin = origin
        self.redelivery = redelivery
        self.explanation = explanation
        self.planSeconds = planSeconds
    }

    /// Where a job comes from.
    public enum Origin: String, Hashable, Codable, Sendable {
        /// The initial design: decided beforehand, never withdrawn for a fresher one.
        case initial
        /// The planner, from what it had learnt.
        case planned
    }
}

/// What the planner thought of a point when it recommended it.
public struct Explanation: Hashable, Codable, Sendable {
    /// Predicted mean of the objective, in its own unit.
    public var mean: Double
    /// Predicted standard deviation, in the objective's own unit.
    public var deviation: Double
    /// The acquisition value: the logarithm of the expected improvement, in the model's own scale.
    public var acquisition: Double
    /// How many observations the planner knew.
    public var observations: Int
    /// How many experiments were pending beside it.
    public var pending: Int

    /// An explanation of the given numbers.
    public init(mean: Double, deviation: Double, acquisition: Double, observations: Int, pending: Int) {
        self.mean = mean
        self.deviation = deviation
        self.acquisition = acquisition
        self.observations = observations
        self.pending = pending
    }
}
