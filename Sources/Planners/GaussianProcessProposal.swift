import Campaigns
import Foundation
import Surrogates

/// How many of the best observations the search starts from.
private let elite = 5
/// How likely another try must be to come to an end at a point whose failure looks like bad luck.
private let luck = 0.8
/// The noise variance, as a part of the values' own, from which on the best point may be the luckiest one only.
private let noticeable = 1e-3

/// What the planner proposes by its model.
extension GaussianProcessPlanner {
    /// The point with the best acquisition; nil where the model cannot be computed, or the search finds no new point.
    func proposal(
        from knowledge: Knowledge, in feasible: FeasibleSet, besides duplicates: DuplicateFilter,
        given input: PlannerInput
    ) -> Recommendation? {
        let (model, data, feasibility) = (knowledge.model, knowledge.data, knowledge.feasibility)
        // A failed measurement tells nothing of the value. Without a model of failures going there again at once would tell nothing new either.
        let open = (feasibility == nil ? input.pending + input.failed : input.pending).filter(map.knows)
        let pending = open.map(map.features(ofMeasured:))
        var random = RandomNumbers(seed: seed, input.observations.count, input.pending.count + input.failed.count)
        let budget = SearchBudget(data.count, pending: pending.count, recipe)
        let known = Array(knowledge.processes.prefix(budget.mostSamples))
        let processes =
            recipe.has(.fantasies)
            ? fantasizing(model, known, pending, inCrowd: budget.isCrowded, &random) : known.map(\.process)
        let outside = knowledge.outside.union(outside(open, from: model.observations.count))
        guard let standing = knowledge.standing(by: known.count), !processes.isEmpty else { return nil }

        let noisiness = noise(of: model)
        let noise =
            noisiness > ModelFit.noisy && recipe.has(.augmentation)
            ? recipe.augmentation * model.noiseToCome(model.mapEstimate) : 0
        let improvement = LogExpectedImprovement(
            members: processes.map { .init($0, outside: outside, noise: noise) })
        let acquisition = FeasibleImprovement(
            improvement: improvement,
            failures: feasibility.map {
                .init(
                    $0, failures, risks: recipe.has(.risk), logLargest: largest(improvement, in: feasible, given: input)
                )
            })
        let search = search(acquisition, standing, knowledge, budget, in: feasible, given: input)
        // A candidate on a list may be a sample that is used up.
        let repeats = noisiness > noticeable && recipe.has(.replication) && feasible.rows == nil
        let taken = repeats ? DuplicateFilter(input.pending + input.failed + input.accidents, map: map) : duplicates
        // In a crowd all search among the same candidates, which the known points are compared with once.
        var common = RandomNumbers(seed: seed, input.observations.count)
        let best = search.best(seed: budget.isCrowded ? common.next() : random.next()) { coordinates in
            let coordinates = feasible.constrained == nil ? feasible.settable(coordinates) : coordinates
            guard !taken.contains(coordinates) else { return true }
            let features = map.features(at: coordinates)
            return pending.contains { model.cannotTellApart($0, features) }
        }
        guard var best else { return nil }
        let point = best.point ?? feasible.point(at: best.coordinates)
        if best.point == nil { best.coordinates = feasible.settable(best.coordinates) }
        var explanation = explanation(of: best, model, processes, given: input)
        if processes.count < min(model.hyperparameterSamples.count, budget.mostSamples) {
            explanation.troubles.append(.sampleDropped)
        }
        if data.leftOut > 0 { explanation.troubles.append(.suspectLeftOut) }
        if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
        if repeats, duplicates.contains(point) { explanation.troubles.append(.measuredBefore) }
        explanation.troubles.sort()
        return Recommendation(parameters: point, origin: .planned, explanation: explanation.finite)
    }

    /// The noise variance, as a part of the values' own. Earlier versions knew nothing of the noise that is given.
    private func noise(of model: Model) -> Double {
        recipe.has(.augmentation) ? model.noiseToCome(model.mapEstimate) : model.mapEstimate.noise
    }

    /// The largest expected improvement at points all over, in logarithms; 0 where no strategy asks for it.
    private func largest(_ improvement: LogExpectedImprovement, in feasible: FeasibleSet, given input: PlannerInput)
        -> Double
    {
        guard failures?.strategy == .interpolated else { return 0 }
        var random = RandomNumbers(seed: seed, input.observations.count)
        if let rows = feasible.rows {
            let places = rows.sample(256, &random).map { map.features(at: [Double($0)]) }
            return improvement.values(Matrix(rows: places)).max() ?? 0
        }
        let sobol = SobolSequence(dimensions: space.parameters.count, seed: random.next())
        let places = (0..<256).map { feasible.squeezed(map.coordinates(unit: sobol[$0])) }
        return improvement.values(Matrix(rows: places.map(map.features(at:)))).max() ?? 0
    }

    /// The search for the best acquisition: in all that is feasible, or every third time and near the end in the trust region.
    private func search(
        _ acquisition: FeasibleImprovement, _ standing: Knowledge.Standing, _ knowledge: Knowledge,
        _ budget: SearchBudget, in feasible: FeasibleSet, given input: PlannerInput
    ) -> AcquisitionSearch<FeasibleImprovement> {
        let model = knowledge.model
        var search = AcquisitionSearch(map: map, acquisition: acquisition, feasible: feasible, searchBudget: budget)
        search.elite = standing.incumbent.order.prefix(elite).map { model.coordinates[$0] }
        if recipe.has(.interior) {
            // Where measurements fail, an end that looks better may be one that cannot be reached.
            let learnsEnds = recipe.has(.ends) && input.failed.isEmpty
            search.interior = BoundaryPrior(
                recipe.interior, parameters: map.continuous.count, observations: knowledge.data.count,
                ends: learnsEnds ? standing.ends : [])
        }
        search.cost = costWeight(given: input)
        search.followsPolytope = recipe.has(.polytope)
        if recipe.has(.trustRegion), !(recipe.has(.wideSearch) && noise(of: model) > noticeable),
            isLate(input) || input.asked % recipe.trustRegionEvery == 0,
            let center = search.elite.first
        {
            search.region = TrustRegion(center: center, halfWidth: recipe.trustRegion)
        }
        return search
    }

    /// What is known under each sample, with joint fantasies of what the points at `places` will bring.
    private func fantasizing(
        _ model: Model, _ known: [KnownProcess], _ places: [[Double]], inCrowd: Bool,
        _ random: inout RandomNumbers
    ) -> [any SurrogateModel] {
        let pending = Matrix(rows: places.count, columns: map.metrics.count, elements: Array(places.joined()))
        let each = max(1, recipe.fantasies / max(1, known.count))
        guard !inCrowd else {
            let each = max(1, each / 2)
            let seeds = known.map { _ in random.next() }
            return zip(known, seeds).map { $0 }.inParallel { known, seed -> FantasizedProcess? in
                var random = RandomNumbers(seed: seed)
                return FantasizedProcess(
                    known.points, pending: pending, noise: model.noiseToCome(known.sample), count: each,
                    random: &random)
            }.compactMap(\.self)
        }
        return known.compactMap {
            $0.process.fantasizing(pending, noise: model.noiseToCome($0.sample), count: each, random: &random)
        }
    }

    private func explanation(
        of best: Candidate, _ model: Model, _ processes: [any SurrogateModel], given input: PlannerInput
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

    /// Where measurements fail; nil while none did.
    func feasibility(given input: PlannerInput) -> FeasibilityModel? {
        guard recipe.has(.feasibility), !input.failed.isEmpty else { return nil }
        return feasibilities.model(
            measured: input.observations.map(map.place).filter(map.knows).map(map.features(ofMeasured:)),
            failed: input.failed.filter(map.knows).map(map.features(ofMeasured:)), metrics: map.metrics,
            knowsLuck: recipe.has(.risk))
    }

    /// What experiments' costs take from their acquisition; nil where all cost the same.
    private func costWeight(given input: PlannerInput) -> CostWeight? {
        guard let cost else { return nil }
        let made = Double(input.made)
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
    func excluded(given input: PlannerInput, _ feasibility: FeasibilityModel?) -> [Point] {
        guard recipe.has(.repeats), let feasibility, !input.undecided.isEmpty else { return input.points }
        let tries = Dictionary(grouping: input.failed) { $0 }.mapValues(\.count)
        let lucky = Set(input.undecided).filter { point in
            tries[point] ?? 0 <= retries
                && feasibility.logProbability(at: map.features(ofMeasured: point)).value > log(luck)
        }
        var others = input
        others.failed.removeAll { lucky.contains($0) }
        return others.points
    }

    /// Whether hardly any measurements are left: what is found now far from the best point can no longer be followed up.
    private func isLate(_ input: PlannerInput) -> Bool {
        guard let budget = budget.measurements else { return false }
        let left = budget - input.made
        return Double(left) < recipe.finale * Double(budget)
    }
}
