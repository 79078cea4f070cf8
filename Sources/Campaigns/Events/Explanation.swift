/// The planner's prediction for a point when it recommended it.
public struct Explanation: Hashable, Codable, Sendable {
    /// The planner and its version.
    public var planner: String
    /// How many observations the planner knew.
    public var observations: Int
    /// How many experiments were pending beside it.
    public var pending: Int
    /// Predicted mean of the objective, in its own unit; nil if there was no model.
    public var mean: Double?
    /// Predicted standard deviation, in the objective's own unit.
    public var standardDeviation: Double?
    /// The acquisition value: the logarithm of the expected improvement in the model's own scale, with the boundary prior.
    public var acquisition: Double?
    /// The model's hyperparameters.
    public var hyperparameters: Hyperparameters?
    /// Numerical troubles, sorted.
    public var troubles: [Trouble]

    /// An explanation without a model.
    public init(planner: String, observations: Int, pending: Int) {
        self.planner = planner
        self.observations = observations
        self.pending = pending
        troubles = []
    }

    private enum CodingKeys: String, CodingKey {
        case planner, observations, pending, mean, acquisition, hyperparameters, troubles
        case standardDeviation = "deviation"
    }

    /// Explanations of the first planner named no planner, and told no troubles.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        planner = try container.decodeIfPresent(String.self, forKey: .planner) ?? "gaussian-process 1"
        observations = try container.decode(Int.self, forKey: .observations)
        pending = try container.decode(Int.self, forKey: .pending)
        mean = try container.decodeIfPresent(Double.self, forKey: .mean)
        standardDeviation = try container.decodeIfPresent(Double.self, forKey: .standardDeviation)
        acquisition = try container.decodeIfPresent(Double.self, forKey: .acquisition)
        hyperparameters = try container.decodeIfPresent(Hyperparameters.self, forKey: .hyperparameters)
        troubles = try container.decodeIfPresent([Trouble].self, forKey: .troubles) ?? []
    }

    /// The same without the numbers that are not finite, of which ``Trouble/overflow`` tells: JSON has no way to write them.
    public var finite: Explanation {
        var finite = self
        finite.mean = mean.flatMap(\.ifFinite)
        finite.standardDeviation = standardDeviation.flatMap(\.ifFinite)
        finite.acquisition = acquisition.flatMap(\.ifFinite)
        finite.hyperparameters = hyperparameters.flatMap { $0.isFinite ? $0 : nil }
        if finite != self { finite.troubles = Set(troubles + [.overflow]).sorted() }
        return finite
    }

    /// The most likely hyperparameters of the model, for parameters scaled to [0, 1] and values to variance 1.
    public struct Hyperparameters: Hashable, Codable, Sendable {
        /// The lengthscales of the joint covariance, one a feature.
        public var lengthscales: [Double]
        /// The lengthscales of the additive covariance, one a feature.
        public var additiveLengthscales: [Double]
        /// The additive part's share, 0 to 1.
        public var additivity: Double
        /// The variance.
        public var variance: Double
        /// The noise variance.
        public var noise: Double
        /// The shape of the outputs' warp: identity, power or logarithm.
        public var warp: String
        /// Its parameter.
        public var warpParameter: Double?
        /// How many samples of the posterior the acquisition was averaged over.
        public var samples: Int

        /// Hyperparameters of the given values.
        public init(
            lengthscales: [Double], additiveLengthscales: [Double], additivity: Double, variance: Double, noise: Double,
            warp: String, warpParameter: Double?, samples: Int
        ) {
            self.lengthscales = lengthscales
            self.additiveLengthscales = additiveLengthscales
            self.additivity = additivity
            self.variance = variance
            self.noise = noise
            self.warp = warp
            self.warpParameter = warpParameter
            self.samples = samples
        }

        var isFinite: Bool {
            (lengthscales + additiveLengthscales + [additivity, variance, noise, warpParameter ?? 0])
                .allSatisfy(\.isFinite)
        }

        private enum CodingKeys: String, CodingKey {
            case lengthscales, additivity, variance, noise, warp, samples
            case additiveLengthscales = "additive_lengthscales"
            case warpParameter = "warp_parameter"
        }
    }

    /// Numerical troubles that the planner worked around.
    public enum Trouble: String, Hashable, Codable, Sendable, CaseIterable, Comparable {
        /// The covariance was not positive definite; something was added to its diagonal.
        case jitter
        /// The covariance could not be factored under some of the likely hyperparameters, which were left out.
        case sampleDropped = "belief-dropped"
        /// The search for the most likely hyperparameters used up its evaluations.
        case fitNotConverged = "fit-not-converged"
        /// The posterior of the hyperparameters could not be sampled; the most likely ones served alone.
        case posteriorNotSampled = "posterior-not-sampled"
        /// An observation has no finite value of the objective, and was left out.
        case unusableObservation = "unusable-observation"
        /// There was no model, or the search found no new point: the point is the next one of the initial design's sequence.
        case noProposal = "no-proposal"
        /// All values are equal so far, or differ by noise alone: the space is filled evenly.
        case noDifference = "no-difference"
        /// Observations that look wrong by orders of magnitude were left out.
        case suspectLeftOut = "suspect-left-out"
        /// The point is measured again: its result looks wrong by orders of magnitude, and would be the best.
        case repeatsSuspect = "repeats-suspect"
        /// The point was measured before: where there is noise, measuring it again tells more than a new one.
        case measuredBefore = "measured-before"
        /// A number of the explanation is too large to be written, and was left out.
        case overflow

        public static func < (one: Trouble, other: Trouble) -> Bool { one.rawValue < other.rawValue }

        /// A description for people.
        public var description: String {
            switch self {
            case .jitter: "the covariance was ill-conditioned; its diagonal was raised until it could be factored"
            case .sampleDropped: "some likely hyperparameters gave no usable covariance and were left out"
            case .fitNotConverged:
                "the fit of the hyperparameters stopped before it had converged; the best so far were used"
            case .posteriorNotSampled: "the hyperparameters could not be averaged; the most likely ones were used alone"
            case .unusableObservation: "an observation without a finite value of the objective was left out"
            case .noProposal: "the model proposed nothing; the point is the next one of the design's sequence"
            case .noDifference:
                "all values are equal so far, or differ by noise alone; the point is the next one of the design's sequence"
            case .suspectLeftOut:
                "a result looks wrong by orders of magnitude and was left out; see burette report"
            case .repeatsSuspect:
                "the point is measured again: its first result looks wrong by orders of magnitude, and would be the best"
            case .measuredBefore:
                "the point was measured before; as values differ by noise, measuring it again tells more than a new one"
            case .overflow: "a number of the explanation is beyond what can be written, and was left out"
            }
        }
    }
}

extension Double {
    /// The number, if it is finite.
    public var ifFinite: Double? { isFinite ? self : nil }
}
