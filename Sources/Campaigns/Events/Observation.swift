/// What the planner learns from.
public struct Observation: Hashable, Codable, Sendable {
    /// The job that brought it, if one did.
    public let job: JobID?
    /// The point that was measured.
    public let parameters: Point
    /// The measured values by objective.
    public let values: [String: Double]
    /// The point that its job asked for.
    public var setting: Point { asked ?? parameters }
    /// The point that its job asked for, where another one was measured.
    public let asked: Point?
    /// What it cost, where its result says so.
    public let cost: Double?
    /// The values that are limits only, by objective; nil where none is.
    public let limits: [String: Limit]?
    /// The standard errors of the values, by objective, where its result says so.
    public let errors: [String: Double]?
    /// Whether a person vouches for it, however it looks; nil is no.
    public var isTrusted: Bool?

    /// An observation of `values` at `parameters`.
    public init(
        job: JobID? = nil, parameters: Point, values: [String: Double], asked: Point? = nil, cost: Double? = nil,
        limits: [String: Limit]? = nil, errors: [String: Double]? = nil
    ) {
        self.errors = errors
        self.limits = limits
        self.cost = cost
        self.asked = asked
        self.job = job
        self.parameters = parameters
        self.values = values
    }

    private enum CodingKeys: String, CodingKey {
        case job, parameters, values, asked, cost, limits, errors
        case isTrusted = "trusted"
    }
}
