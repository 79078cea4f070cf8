import Surrogates

/// What the planner is made of. The default is what the benchmark of docs/planner.md found best; parts can be left out, to see
/// what each one brings.
public struct Recipe: Sendable, Hashable {
    /// The parts that can be left out.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The power transform of the outputs: one of the two shapes of warp.
        case power
        /// The logarithm of the outputs: the other shape.
        case logarithm
        /// The additive part of the covariance.
        case additive
        /// The prior of the hyperparameters: without it all values in the box are alike.
        case prior
        /// Further starts of the fit.
        case starts
        /// Averaging over the posterior of the hyperparameters: without it the most likely ones serve alone.
        case averaging
        /// Joint fantasies of what is pending: without them pending points are only excluded.
        case fantasies
        /// The prior that an optimum is seldom at the edge of every range.
        case interior
        /// The search in a box round the best point, every third time.
        case trustRegion = "trust-region"
        /// The refinement of candidates by gradients and by one-step moves.
        case refinement
        /// The Sobol sequence for the first points: without it they are random.
        case sobol
        /// The model of where measurements fail: without it failed points are only excluded.
        case feasibility
        /// The gradient within linear constraints: without it only feasible moves refine a candidate there.
        case polytope
        /// Another try at points whose failure looks like bad luck.
        case repeats
        /// Judging failures by how many there are: more is risked while few measurements fail, and where most do it is not by luck.
        case risk
        /// Learning at which ends of the ranges the objective is best: there the prior against edges does not hold.
        case ends
        /// Searching everywhere where there is noise: the centre of the trust region may be the luckiest point only.
        case wideSearch = "wide-search"
        /// Leaving out values that are wrong by orders of magnitude, until a repeated measurement agrees.
        case suspects
        /// Searching less for each recommendation where many points are pending.
        case crowd
        /// Expecting longer length scales where there is noise.
        case smoothness
        /// Filling the space evenly, three times in four, while values differ by noise alone.
        case filling
        /// Conditioning on a part of many observations: without it on all of them, at the cube of the cost.
        case subset
        /// Measuring a point again where there is noise, and that tells more than a new one.
        case replication
        /// Preferring what a measurement with noise tells much about.
        case augmentation
        /// Learning from repeated measurements where there is more noise and where less.
        case replicates
        /// The parts that the versions before did not have.
        static let newIn5: Set<Part> = [.polytope, .repeats, .risk]
        static let newIn6: Set<Part> = [.ends, .wideSearch]
        static let newIn7: Set<Part> = [.suspects, .crowd, .smoothness, .filling]
        static let newIn8: Set<Part> = [.replication, .augmentation, .replicates]
    }

    /// The parts that are left out.
    public var ablated: Set<Part>
    /// What is believed of the hyperparameters.
    public var prior = HyperparameterPrior()
    /// The samples of the hyperparameters' posterior at few observations.
    public var samples = 8
    /// The fantasies of what is pending, over all samples.
    public var fantasies = 16
    /// The weight of the prior that an optimum is seldom at an edge, before any observation.
    public var interior = 0.6
    /// The part of the noise variance that counts for ``Part/augmentation``: as if each measurement were to be repeated three times. With all of it
    /// the planner explores too long.
    public var augmentation = 0.3
    /// The half width of the trust region, as a part of each range.
    public var trustRegion = 0.1
    /// Every so many recommendations the search is in the trust region.
    public var trustRegionEvery = 3
    /// When less than this part of the campaign's measurements is left, every search is in the trust region.
    public var finale = 0.1

    /// The version that explanations carry: it changes whenever the same input may lead to other numbers.
    var version: String {
        guard has(.feasibility) else { return "gaussian-process 3" }
        guard ablated.isDisjoint(with: Part.newIn5) else { return "gaussian-process 4" }
        guard ablated.isDisjoint(with: Part.newIn6) else { return "gaussian-process 5" }
        guard ablated.isDisjoint(with: Part.newIn7) else { return "gaussian-process 6" }
        return ablated.isDisjoint(with: Part.newIn8) ? "gaussian-process 8" : "gaussian-process 7"
    }

    /// The recipe that an explanation of some version was made by.
    public init(of version: String?) {
        let later: [(version: String, parts: Set<Part>)] = [
            ("gaussian-process 3", [.feasibility]), ("gaussian-process 4", Part.newIn5),
            ("gaussian-process 5", Part.newIn6), ("gaussian-process 6", Part.newIn7),
            ("gaussian-process 7", Part.newIn8),
        ]
        let first = later.firstIndex { $0.version == version } ?? later.count
        self.init(ablating: later[first...].reduce(into: []) { $0.formUnion($1.parts) })
    }

    /// The recipe without some of its parts.
    public init(ablating ablated: Set<Part> = []) { self.ablated = ablated }

    /// Whether a part is in it.
    func has(_ part: Part) -> Bool { !ablated.contains(part) }
}
