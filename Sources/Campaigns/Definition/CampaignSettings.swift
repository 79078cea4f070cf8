/// How experiments are recommended.
public struct PlannerSettings: Hashable, Codable, Sendable {
    /// Which planner.
    public var kind: Kind
    /// All its randomness comes from this.
    public var seed: UInt64
    /// The first experiments.
    public var initialDesign: InitialDesign
    /// How many ready jobs are kept beyond one a worker.
    public var lookahead: Int
    /// What failed measurements teach; nil is the default.
    public var failures: FailureSettings?

    /// Settings; the defaults are those of a file that says nothing.
    public init(
        kind: Kind = .gaussianProcess, seed: UInt64 = 0, initialDesign: InitialDesign = .init(), lookahead: Int = 1,
        failures: FailureSettings? = nil
    ) {
        self.failures = failures
        self.kind = kind
        self.seed = seed
        self.initialDesign = initialDesign
        self.lookahead = lookahead
    }

    /// The planners.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case gaussianProcess = "gaussian-process"
        case random, sobol, grid
    }
}

/// The experiments that are made before the planner has anything to learn from.
public struct InitialDesign: Hashable, Codable, Sendable {
    /// How its points are chosen.
    public var strategy: Strategy
    /// How many; nil leaves it to the planner (twice the number of parameters, 2 to 10).
    public var count: Int?
    /// Whether nothing is planned until all of them have ended.
    public var wait: Bool

    /// A design; the defaults are those of a file that says nothing.
    public init(strategy: Strategy = .sobol, count: Int? = nil, wait: Bool = false) {
        self.strategy = strategy
        self.count = count
        self.wait = wait
    }

    /// The ways to choose the first points.
    public enum Strategy: String, Hashable, Codable, Sendable, CaseIterable { case sobol, random }

    /// How many points the design has in a space.
    public func size(in space: ParameterSpace) -> Int {
        let wanted = count ?? min(10, max(2, 2 * space.parameters.count))
        return min(wanted, space.candidates?.rows ?? space.cardinality ?? wanted)
    }
}

/// What holds for a campaign's workers.
public struct WorkerSettings: Hashable, Codable, Sendable {
    /// What a worker does with a job whose worker died in the middle.
    public var redelivery: Redelivery
    /// Seconds after which a measurement is overdue.
    public var timeout: Double?
    /// What becomes of a measurement that is overdue.
    public var overdue: OverduePolicy
    /// The campaign is paused after so many failed measurements in a row.
    public var pauseAfterFailures: Int
    /// How often a point is tried again whose measurement failed by accident.
    public var retries: Int

    /// Settings; the defaults are those of a file that says nothing.
    public init(
        redelivery: Redelivery = .rerun, timeout: Double? = nil, overdue: OverduePolicy = .report,
        pauseAfterFailures: Int = 10, retries: Int = usualRetries
    ) {
        self.retries = retries
        self.redelivery = redelivery
        self.timeout = timeout
        self.overdue = overdue
        self.pauseAfterFailures = pauseAfterFailures
    }

    /// How often a point is tried again where the file says nothing.
    public static let usualRetries = 2

    /// What becomes of a job that is delivered again.
    public enum Redelivery: String, Hashable, Codable, Sendable, CaseIterable {
        /// It is measured again.
        case rerun
        /// It is reported as failed: its sample may be used up.
        case fail
        /// It is held until a person decides.
        case hold
    }

    /// What becomes of an overdue measurement. Whatever it is, its result counts when it comes.
    public enum OverduePolicy: String, Hashable, Codable, Sendable, CaseIterable {
        /// It is said, in the log, the feed and the status.
        case report
        /// It is counted as failed, and another experiment is made in its place.
        case fail
    }
}

/// Definitions of earlier versions have no `retries`; the usual number is left out.
extension WorkerSettings {
    private enum CodingKeys: CodingKey { case redelivery, timeout, overdue, pauseAfterFailures, retries }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            redelivery: try container.decode(Redelivery.self, forKey: .redelivery),
            timeout: try container.decodeIfPresent(Double.self, forKey: .timeout),
            overdue: try container.decode(OverduePolicy.self, forKey: .overdue),
            pauseAfterFailures: try container.decode(Int.self, forKey: .pauseAfterFailures),
            retries: try container.decodeIfPresent(Int.self, forKey: .retries) ?? Self.usualRetries)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(redelivery, forKey: .redelivery)
        try container.encodeIfPresent(timeout, forKey: .timeout)
        try container.encode(overdue, forKey: .overdue)
        try container.encode(pauseAfterFailures, forKey: .pauseAfterFailures)
        if retries != Self.usualRetries { try container.encode(retries, forKey: .retries) }
    }
}
