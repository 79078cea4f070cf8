import Campaigns
import Foundation
import Surrogates

/// The planner that learns: initial design, Gaussian process, fantasies of what is pending, expected improvement.
struct GaussianProcessPlanner: Planner {
    /// How many of the best observations the search starts from.
    private static let elite = 5
    /// How likely another try must be to come to an end at a point whose failure looks like bad luck.
    private static let luck = 0.8
    /// The process knows at most so many observations.
    private static let active = 1024

    let space: ParameterSpace
    let objective: Objective
    let seed: UInt64
    let initial: InitialDesign
    /// When the campaign ends.
    let budget: Budget
    /// What experiments cost; nil where all cost the same.
    let cost: CostFunction?
    /// What is made of failures; nil is the default.
    let failures: FailureSettings?
    /// How often a point is tried again whose failure looks like bad luck.
    let retries: Int
    let recipe: Recipe
    private var map: FeatureMap
    private let fits = FitCache()
    private let costFits = FitCache()
    private let feasibilities = FeasibilityCache()

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
    private func knowing(_ retired: [String: [RetiredOption]]) -> GaussianProcessPlanner {
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
        let data = TrainingData(input.observations, objective: objective, map: map)
        let model = model(of: data)
        guard let feasible = FeasibleSet(map, only: input.only) else { return recommendations }
        while recommendations.count < count, !feasible.isExhausted(by: known.points) {
            let next =
                model.flatMap { proposal(from: $0, data, in: feasible, given: known) }
                ?? fallback(in: feasible, given: known, data)
            guard let next else { break }
            recommendations.append(next)
            known.pending.append(next.parameters)
        }
        return recommendations
    }

    func best(given input: PlannerInput) -> Prediction? { knowing(input.retired).predictedBest(given: input) }

    private func predictedBest(given input: PlannerInput) -> Prediction? {
        let data = TrainingData(input.observations, objective: objective, map: map)
        guard let model = model(of: data) else { return nil }
        let processes = model.hyperparameterSamples.compactMap(model.process)
        let outside = outside(model, [], input)
        guard let incumbent = Incumbent(processes, among: { !outside.contains($0) }) else { return nil }
        let (mean, standardDeviation) = model.measured(
            mean: incumbent.mean, standardDeviation: incumbent.standardDeviation)
        return Prediction(
            observation: model.observations[incumbent.index], mean: mean, standardDeviation: standardDeviation)
    }

    func regret(given input: PlannerInput) -> RegretEstimate? { knowing(input.retired).expectedRegret(given: input) }

    private func expectedRegret(given input: PlannerInput) -> RegretEstimate? {
        let data = TrainingData(input.observations, objective: objective, map: map)
        guard let model = model(of: data), let feasible = FeasibleSet(map, only: nil) else { return nil }
        let outside = outside(model, [], input)
        return RegretEstimate(model, among: { !outside.contains($0) }, in: feasible, map, seed: seed)
    }

    // MARK: The initial design

    private var design: any Design {
        switch recipe.has(.sobol) ? initial.strategy : .random {
        case .sobol: SobolDesign(space: space, seed: seed)
        case .random: RandomDesign(space: space, seed: seed)
        }
    }

    /// The points of the initial design that nobody has been asked for.
    private func initialDesign(given input: PlannerInput) -> [Recommendation] {
        let size = initial.size(in: space)
        guard input.asked < size, let feasible = FeasibleSet(map, only: input.only) else { return [] }
        if let set = feasible.constrained {
            return set.spread(size - input.asked, map, excluding: input.points, seed: seed).map {
                Recommendation(parameters: $0, origin: .initial, explanation: nil)
            }
        }
        let known = Set(input.points)
        return design.over(feasible.space).next(size, from: 0, excluding: []).filter { !known.contains($0) }
            .prefix(size - input.asked)
            .map { Recommendation(parameters: $0, origin: .initial, explanation: nil) }
    }

    /// The design goes on where there is no model, or the search finds nothing; the explanation says so.
    private func fallback(
        in feasible: FeasibleSet, given input: PlannerInput, _ data: TrainingData
    ) -> Recommendation? {
        let next =
            feasible.constrained?.spread(1, map, excluding: input.points, seed: seed)
            ?? design.over(feasible.space).next(1, from: input.asked, excluding: input.points)
        return next.first.map {
            var explanation = Explanation(
                planner: recipe.version, observations: input.observations.count, pending: input.pending.count)
            if data.count >= 2 { explanation.troubles = [data.isFlat ? .noDifference : .noProposal] }
            if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
            return Recommendation(parameters: $0, origin: .planned, explanation: explanation)
        }
    }

    // MARK: The model

    /// The model of all data, its hyperparameters learnt from the first of them: see ``ModelFit/fitted(at:)``. Nil while they tell no
    /// difference between places.
    private func model(of data: TrainingData) -> Model? {
        guard data.measured.count >= 2, !data.isFlat else { return nil }
        let learnt = data.prefix(ModelFit.fitted(at: data.count)).measured
        let fit = fits.fit(learnt) { ModelFit(learnt, metrics: map.metrics, recipe: recipe, seed: seed) }
        return fit.map { Model(data.subset(Self.active, seed: seed), $0) }
    }

    /// Where measurements fail; nil while none did.
    private func feasibility(given input: PlannerInput) -> FeasibilityModel? {
        guard recipe.has(.feasibility), !input.failed.isEmpty else { return nil }
        return feasibilities.model(
            measured: input.observations.map { map.features(ofMeasured: $0.parameters) },
            failed: input.failed.map(map.features(ofMeasured:)), metrics: map.metrics)
    }

    /// What experiments' costs take from their acquisition; nil where all cost the same.
    private func costWeight(given input: PlannerInput) -> CostWeight? {
        guard let cost else { return nil }
        let made = Double(input.observations.count + input.pending.count - input.given)
        let left =
            budget.cost.map { 1 - (input.spent ?? 0) / $0 }
            ?? budget.measurements.map { 1 - made / Double($0) }
            ?? budget.attempts.map { 1 - (made + Double(input.failed.count + input.accidents.count)) / Double($0) }
        return CostWeight(
            function: cost, learnt: CostModel(input.observations, map: map, seed: seed, fits: costFits),
            exponent: CostWeight.exponent(left: left),
            previous: input.pending.last ?? input.observations.last?.parameters)
    }

    /// The points that are not proposed: all that were asked for, but those whose failure looks like bad luck. Where measurements nearby came to an end
    /// the failure alone does not make another one likely.
    private func excluded(given input: PlannerInput, _ feasibility: FeasibilityModel?) -> [Point] {
        guard recipe.has(.repeats), let feasibility, !input.undecided.isEmpty else { return input.points }
        let tries = Dictionary(grouping: input.failed) { $0 }.mapValues(\.count)
        let lucky = Set(input.undecided).filter { point in
            tries[point] ?? 0 <= retries
                && feasibility.logProbability(at: map.features(ofMeasured: point)).value > log(Self.luck)
        }
        var others = input
        others.failed.removeAll { lucky.contains($0) }
        return others.points
    }

    /// Whether hardly any measurements are left: what is found now far from the best point can no longer be followed up.
    private func isLate(_ input: PlannerInput) -> Bool {
        guard let budget = budget.measurements else { return false }
        let left = budget - (input.observations.count + input.pending.count - input.given)
        return Double(left) < recipe.finale * Double(budget)
    }

    /// Which of the points that the model knows, the observations first and then those that are under way, lie outside the space: it was
    /// narrowed after they were asked for.
    private func outside(_ model: Model, _ open: [Point], _ input: PlannerInput) -> Set<Int> {
        let asked = model.observations.map { index in
            input.observations[index].asked ?? input.observations[index].parameters
        }
        return Set((asked + open).enumerated().lazy.filter { space.refusal(of: $0.element) != nil }.map(\.offset))
    }

    /// The point with the best acquisition; nil where the model cannot be computed, or the search finds no new point.
    private func proposal(
        from model: Model, _ data: TrainingData, in feasible: FeasibleSet, given input: PlannerInput
    ) -> Recommendation? {
        let feasibility = feasibility(given: input)
        // A failed measurement tells nothing of the value. Without a model of failures going there again at once would tell nothing new either.
        let open = feasibility == nil ? input.pending + input.failed : input.pending
        let pending = open.map(map.features(ofMeasured:))
        var random = RandomNumbers(seed: seed, input.observations.count, input.pending.count + input.failed.count)
        let known = model.hyperparameterSamples.compactMap { sample in
            model.process(sample).map { (sample: sample, process: $0) }
        }
        let processes = recipe.has(.fantasies) ? fantasizing(model, known, pending, &random) : known.map(\.process)
        let outside = outside(model, open, input)
        // Where nothing was measured in the space yet, the best of all gives a direction.
        let incumbent =
            Incumbent(known.map(\.process)) { !outside.contains($0) } ?? Incumbent(known.map(\.process)) { _ in true }
        guard let incumbent, !processes.isEmpty else { return nil }

        let improvement = LogExpectedImprovement(members: processes.map { .init($0, outside: outside) })
        let acquisition = FeasibleImprovement(
            improvement: improvement,
            failures: feasibility.map {
                .init($0, failures, logLargest: largest(improvement, in: feasible, given: input))
            })
        let search = search(model, acquisition, incumbent, data, in: feasible, given: input)
        let duplicates = DuplicateFilter(excluded(given: input, feasibility), map: map)
        let best = search.best(seed: random.next()) { coordinates in
            let coordinates = feasible.constrained == nil ? feasible.settable(coordinates) : coordinates
            guard !duplicates.contains(coordinates) else { return true }
            let features = map.features(at: coordinates)
            return pending.contains { model.cannotTellApart($0, features) }
        }
        guard var best else { return nil }
        let point = best.point ?? feasible.point(at: best.coordinates)
        if best.point == nil { best.coordinates = feasible.settable(best.coordinates) }
        var explanation = explanation(of: best, model, processes, given: input)
        if processes.count < model.hyperparameterSamples.count { explanation.troubles.append(.sampleDropped) }
        if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
        explanation.troubles.sort()
        return Recommendation(parameters: point, origin: .planned, explanation: explanation.finite)
    }

    /// The largest expected improvement at points all over, in logarithms; 0 where no strategy asks for it.
    private func largest(_ improvement: LogExpectedImprovement, in feasible: FeasibleSet, given input: PlannerInput)
        -> Double
    {
        guard failures?.strategy == .interpolated else { return 0 }
        var random = RandomNumbers(seed: seed, input.observations.count)
        let sobol = SobolSequence(dimensions: space.parameters.count, seed: random.next())
        let places = (0..<256).map { feasible.squeezed(map.coordinates(unit: sobol[$0])) }
        return improvement.values(Matrix(rows: places.map(map.features(at:)))).max() ?? 0
    }

    /// The search for the best acquisition: in all that is feasible, or every third time and near the end in the trust region.
    private func search(
        _ model: Model, _ acquisition: FeasibleImprovement, _ incumbent: Incumbent, _ data: TrainingData,
        in feasible: FeasibleSet, given input: PlannerInput
    ) -> AcquisitionSearch<FeasibleImprovement> {
        var search = AcquisitionSearch(
            map: map, acquisition: acquisition, feasible: feasible, searchBudget: SearchBudget(data.count, recipe))
        search.elite = incumbent.order.prefix(Self.elite).map { model.coordinates[$0] }
        if recipe.has(.interior) {
            search.interior = BoundaryPrior(
                recipe.interior, parameters: map.continuous.count, observations: data.count)
        }
        search.cost = costWeight(given: input)
        search.followsPolytope = recipe.has(.polytope)
        if recipe.has(.trustRegion), isLate(input) || input.asked % recipe.trustRegionEvery == 0,
            let center = search.elite.first
        {
            search.region = TrustRegion(center: center, halfWidth: recipe.trustRegion)
        }
        return search
    }

    /// What is known under each sample, with joint fantasies of what the points at `places` will bring.
    private func fantasizing(
        _ model: Model, _ known: [(sample: Hyperparameters, process: GaussianProcess)], _ places: [[Double]],
        _ random: inout RandomNumbers
    ) -> [GaussianProcess] {
        let pending = Matrix(rows: places.count, columns: map.metrics.count, elements: Array(places.joined()))
        let each = max(1, recipe.fantasies / max(1, known.count))
        return known.compactMap { sample, process in
            process.fantasizing(pending, noise: model.noiseToCome(sample), count: each, random: &random)
        }
    }

    private func explanation(
        of best: Candidate, _ model: Model, _ processes: [GaussianProcess], given input: PlannerInput
    ) -> Explanation {
        let prediction = Prediction.mixture(processes, at: map.features(at: best.coordinates))
        let (mean, standardDeviation) = model.measured(
            mean: prediction.mean, standardDeviation: prediction.standardDeviation)
        var explanation = Explanation(
            planner: recipe.version, observations: input.observations.count, pending: input.pending.count)
        explanation.mean = mean
        explanation.standardDeviation = standardDeviation
        explanation.acquisition = best.value
        explanation.hyperparameters = .init(model)
        explanation.troubles = Array(model.troubles)
        if processes.contains(where: { $0.jitter > 0 }) { explanation.troubles.append(.jitter) }
        return explanation
    }
}
