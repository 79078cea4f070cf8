import Campaigns

/// A point that a planner proposes.
public struct Recommendation: Hashable, Sendable {
    /// The point.
    public let parameters: Point
    /// Whether it belongs to the initial design.
    public let origin: Job.Origin
    /// What the planner predicts of it, where it has a model.
    public let explanation: Explanation?

    /// A recommendation of `parameters`.
    public init(parameters: Point, origin: Job.Origin, explanation: Explanation?) {
        self.parameters = parameters
        self.origin = origin
        self.explanation = explanation
    }
}

/// Recommends experiments: a pure function of the input and of its settings. What it answers depends on no clock, no
/// network and no earlier call.
public protocol Planner: Sendable {
    /// Whether a further observation changes what it recommends: if not, a ready job is never withdrawn for a fresher one.
    var learns: Bool { get }
    /// The next `count` points to measure, each chosen as if those before it were pending. Fewer, when a finite space has
    /// no more. Throws ``PlannerError``.
    func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation]
    /// The version of a planner whose explanations carry numbers; nil for one that computes none.
    var version: String? { get }
    /// What the best point known is expected to miss of the optimum; nil for a planner without a model, or where it has none yet.
    func regret(given input: PlannerInput) -> RegretEstimate?
    /// The observation with the best predicted mean; nil for a planner without a model, or where it has none yet.
    func best(given input: PlannerInput) -> Prediction?
    /// Which of the input's observations look wrong by orders of magnitude, and so are not learnt from; none for a planner without a model.
    func suspects(given input: PlannerInput) -> [Int]
    /// What its model believes, for people; nil for a planner without a model, or where it has none yet. Cost: that of a fit.
    func insight(given input: PlannerInput) -> ModelInsight?
    /// The same planner under another budget; itself where it does not look at the budget.
    func following(_ budget: Budget) -> Self
}

extension Planner {
    public var version: String? { nil }
    public func regret(given input: PlannerInput) -> RegretEstimate? { nil }
    public func best(given input: PlannerInput) -> Prediction? { nil }
    public func suspects(given input: PlannerInput) -> [Int] { [] }
    public func insight(given input: PlannerInput) -> ModelInsight? { nil }
    public func following(_ budget: Budget) -> Self { self }
}

/// What a planner cannot do.
public enum PlannerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Several objectives.
    case severalObjectives(Int)
    /// No point was found that satisfies all of these constraints; without any one of them there is one.
    case nothingFeasible([String])

    public var description: String {
        switch self {
        case .severalObjectives(let count):
            "the campaign has \(count) objectives; planning for more than one is not supported yet. Keep one objective, or take planner kind sobol, random or grid."
        case .nothingFeasible(let texts) where texts.count == 1:
            "no point of the space satisfies the constraint \"\(texts[0])\"; widen the ranges, or change it."
        case .nothingFeasible(let texts):
            "no point of the space satisfies these constraints together: \(texts.map { "\"\($0)\"" }.joined(separator: ", ")). Each can go, and the others can hold; widen the ranges, or change one."
        }
    }
}

/// The planners by the names of the campaign file.
public enum Planners {
    /// The planner that a campaign asks for. Throws ``PlannerError``.
    public static func planner(for campaign: Campaign, recipe: Recipe = Recipe()) throws -> any Planner {
        let (space, seed) = (campaign.space, campaign.planner.seed)
        if let candidates = space.candidates {
            let table = try CandidateTables.shared.table(of: candidates)
            guard CandidateRows(table, in: space, only: nil).count > 0 else {
                throw PlannerError.nothingFeasible(space.constraints.map(\.text))
            }
        }
        try requireFeasible(space)
        switch campaign.planner.kind {
        case .random:
            return DesignPlanner(design: RandomDesign(space: space, seed: seed), initial: campaign.initialDesignSize)
        case .sobol:
            return DesignPlanner(design: SobolDesign(space: space, seed: seed), initial: campaign.initialDesignSize)
        case .grid: return DesignPlanner(design: GridDesign(space: space), initial: campaign.initialDesignSize)
        case .gaussianProcess:
            guard campaign.objectives.count == 1, let objective = campaign.objectives.first else {
                throw PlannerError.severalObjectives(campaign.objectives.count)
            }
            return GaussianProcessPlanner(
                space: space, objective: objective, seed: seed, initial: campaign.planner.initialDesign,
                budget: campaign.budget, cost: campaign.costFunction, failures: campaign.planner.failures,
                retries: campaign.workers.retries,
                recipe: recipe)
        }
    }
}

extension PlannerError: CodedError {
    public var code: String {
        switch self {
        case .severalObjectives: "several-objectives"
        case .nothingFeasible: "nothing-feasible"
        }
    }
}
