import Campaigns
import Foundation
import Surrogates

/// The planner that learns: initial design, Gaussian process, fantasies of what is pending, expected improvement.
struct GaussianProcessPlanner: Planner {
    /// The process knows at most so many observations.
    private static let active = 1024

    let space: ParameterSpace
    let objective: Objective
    let seed: UInt64
    let initial: InitialDesign
    /// When the campaign ends.
    private(set) var budget: Budget
    /// What experiments cost; nil where all cost the same.
    let cost: CostFunction?
    /// What is made of failures; nil is the default.
    let failures: FailureSettings?
    /// How often a point is tried again whose failure looks like bad luck.
    let retries: Int
    let recipe: Recipe
    private(set) var map: FeatureMap
    private let fits = FitCache()
    let costFits = FitCache()
    let feasibilities = FeasibilityCache()

    init(
        space: ParameterSpace, objective: Objective, seed: UInt64, initial: InitialDesign, budget: Budget = Budget(),
        cost: CostFunction? = nil,
        failures: FailureSettings? = nil, retries: Int = WorkerSettings.usualRetries, recipe: Recipe = Recipe()
    ) {
        self.space = space
        self.objective = objective
        self.seed = seed
        self.initial = initial
        self.budget = budget
        self.cost = cost
        self.failures = failures
        self.retries = retries
        self.recipe = recipe
        map = FeatureMap(space)
    }

    var learns: Bool { true }
    var version: String? { recipe.version }

    func following(_ budget: Budget) -> GaussianProcessPlanner {
        var planner = self
        planner.budget = budget
        return planner
    }

    func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation] {
        var input = input
        if failures?.strategy == .naive { takeForWorst(&input) }
        return knowing(input.retired).recommendations(count, given: input)
    }

    /// Takes failed points for ones with the worst value so far.
    private func takeForWorst(_ input: inout PlannerInput) {
        let values = input.observations.compactMap { $0.values[objective.name] }
        guard let worst = objective.goal == .minimize ? values.max() : values.min() else { return }
        input.observations += input.failed.map { Observation(parameters: $0, values: [objective.name: worst]) }
        input.failed = []
    }

    /// The planner that can tell options apart which are not proposed any more.
    func knowing(_ retired: [String: [RetiredOption]]) -> GaussianProcessPlanner {
        guard !retired.isEmpty else { return self }
        var planner = self
        planner.map = FeatureMap(space, retired: retired)
        return planner
    }

    private func recommendations(_ count: Int, given input: PlannerInput) -> [Recommendation] {
        var recommendations = Array(initialDesign(given: input).prefix(count))
        let isDesignAskedFor = recommendations.isEmpty
        // With `wait` nothing is planned until the whole first design has ended.
        if initial.wait, !isDesignAskedFor || input.asked - input.pending.count < initial.size(in: space) {
            return recommendations
        }
        guard recommendations.count < count else { return recommendations }
        var known = input
        known.pending += recommendations.map(\.parameters)
        let (data, _, promising) = sifted(input)
        let feasibility = feasibility(given: input)
        let knowledge = model(of: data).map {
            Knowledge(data, $0, outside: outside($0, input), feasibility: feasibility, map)
        }
        var duplicates = DuplicateFilter(excluded(given: known, feasibility), map: map)
        guard let feasible = FeasibleSet(map, only: input.only) else { return recommendations }
        for again in repeats(of: promising, given: known).prefix(count - recommendations.count) {
            recommendations.append(again)
            known.pending.append(again.parameters)
            duplicates.insert(again.parameters)
        }
        let fills = recipe.has(.filling) && knowledge?.tellsNoDifference ?? false
        while recommendations.count < count, !feasible.isExhausted(by: known.points) {
            let filling = fills && known.asked % 4 != 3 ? fallback(in: feasible, given: known, data, noise: true) : nil
            let next =
                filling ?? knowledge.flatMap { proposal(from: $0, in: feasible, besides: duplicates, given: known) }
                ?? fallback(in: feasible, given: known, data)
            guard let next else { break }
            recommendations.append(next)
            known.pending.append(next.parameters)
            duplicates.insert(next.parameters)
        }
        return recommendations
    }

    func best(given input: PlannerInput) -> Prediction? { knowing(input.retired).predictedBest(given: input) }

    private func predictedBest(given input: PlannerInput) -> Prediction? {
        guard let model = model(of: sifted(input).data) else { return nil }
        let processes = model.hyperparameterSamples.compactMap(model.process)
        let outside = outside(model, input)
        guard let incumbent = Incumbent(processes, among: { !outside.contains($0) }) else { return nil }
        let (mean, standardDeviation) = model.measured(
            mean: incumbent.mean, standardDeviation: incumbent.standardDeviation)
        return Prediction(
            observation: model.observations[incumbent.index], mean: mean, standardDeviation: standardDeviation)
    }

    func regret(given input: PlannerInput) -> RegretEstimate? { knowing(input.retired).expectedRegret(given: input) }

    private func expectedRegret(given input: PlannerInput) -> RegretEstimate? {
        guard let model = model(of: sifted(input).data), let feasible = FeasibleSet(map, only: nil) else { return nil }
        let outside = outside(model, input)
        return RegretEstimate(model, among: { !outside.contains($0) }, in: feasible, map, seed: seed)
    }

    /// The model of all data, its hyperparameters learnt from the first of them: see ``ModelFit/fitted(at:)``. Nil while they tell no
    /// difference between places.
    func model(of data: TrainingData) -> Model? {
        guard data.measured.count >= 2, !data.isFlat else { return nil }
        let learnt = data.prefix(ModelFit.fitted(at: data.count)).measured
        let fit = fits.fit(learnt) { ModelFit(learnt, metrics: map.metrics, recipe: recipe, seed: seed) }
        return fit.map { Model(recipe.has(.subset) ? data.subset(Self.active, seed: seed) : data, $0) }
    }

    /// Which of some points, the first of which has the number `first`, lie outside the space.
    func outside(_ points: [Point], from first: Int) -> Set<Int> {
        Set(points.indices.lazy.filter { space.refusal(of: points[$0]) != nil }.map { first + $0 })
    }

    /// Which of the observations that the model knows lie outside the space: it was narrowed after they were asked for.
    func outside(_ model: Model, _ input: PlannerInput) -> Set<Int> {
        outside(model.observations.map { input.observations[$0].setting }, from: 0)
    }
}
