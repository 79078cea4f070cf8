import Campaigns
import Foundation
import Surrogates

/// The planner that learns: initial design, Gaussian process, fantasies of what is pending, expected improvement.
struct GaussianProcessPlanner: Planner {
    /// The version that explanations carry: it changes whenever the same evidence may lead to other numbers.
    static let version = "gaussian-process 3"
    /// How many of the best observations the search starts from.
    private static let elite = 5
    /// The process knows at most so many observations.
    private static let active = 1024

    let space: ParameterSpace
    let objective: Objective
    let seed: UInt64
    let initial: InitialDesign
    /// How many measurements the campaign has in all; nil where it has no such limit.
    let budget: Int?
    let recipe: Recipe
    private let map: FeatureMap
    private let fits = FitCache()

    init(
        space: ParameterSpace, objective: Objective, seed: UInt64, initial: InitialDesign, budget: Int? = nil,
        recipe: Recipe = Recipe()
    ) {
        self.space = space
        self.objective = objective
        self.seed = seed
        self.initial = initial
        self.budget = budget
        self.recipe = recipe
        map = FeatureMap(space)
    }

    var learns: Bool { true }
    var version: String? { Self.version }

    func recommend(_ count: Int, given evidence: Evidence) throws -> [Recommendation] {
        var recommendations = Array(initialDesign(given: evidence).prefix(count))
        let started = recommendations.isEmpty
        // With `wait` nothing is planned until the whole first design has ended.
        if initial.wait, !started || evidence.observations.count + evidence.failed.count < initial.size(in: space) {
            return recommendations
        }
        guard recommendations.count < count else { return recommendations }
        var known = evidence
        known.pending += recommendations.map(\.parameters)
        let data = TrainingData(evidence.observations, objective: objective, map: map)
        let model = model(of: data)
        while recommendations.count < count, !isExhausted(known) {
            let next = model.flatMap { proposal(from: $0, data, given: known) } ?? fallback(given: known, data)
            guard let next else { break }
            recommendations.append(next)
            known.pending.append(next.parameters)
        }
        return recommendations
    }

    func best(given evidence: Evidence) -> Prediction? {
        let data = TrainingData(evidence.observations, objective: objective, map: map)
        guard let model = model(of: data) else { return nil }
        let processes = model.beliefs.compactMap(model.process)
        guard let incumbent = Incumbent(processes) else { return nil }
        let (mean, deviation) = model.measured(mean: incumbent.mean, deviation: incumbent.deviation)
        return Prediction(
            observation: model.observations[incumbent.index], mean: mean, deviation: deviation)
    }

    private func isExhausted(_ evidence: Evidence) -> Bool {
        guard let part = evidence.part(of: space) else { return true }
        guard let cardinality = part.cardinality else { return false }
        return Set(evidence.points.compactMap(part.index(of:))).count >= cardinality
    }

    // MARK: The initial design

    private var design: any Design {
        switch recipe.has(.sobol) ? initial.strategy : .random {
        case .sobol: SobolDesign(space: space, seed: seed)
        case .random: RandomDesign(space: space, seed: seed)
        }
    }

    /// The points of the initial design that nobody has been asked for.
    private func initialDesign(given evidence: Evidence) -> [Recommendation] {
        let size = initial.size(in: space)
        guard evidence.asked < size, let part = evidence.part(of: space) else { return [] }
        let known = Set(evidence.points)
        return design.over(part).next(size, from: 0, excluding: []).filter { !known.contains($0) }
            .prefix(size - evidence.asked)
            .map { Recommendation(parameters: $0, origin: .initial, explanation: nil) }
    }

    /// The design goes on where there is no model, or the search finds nothing; the explanation says so.
    private func fallback(given evidence: Evidence, _ data: TrainingData) -> Recommendation? {
        guard let part = evidence.part(of: space) else { return nil }
        return design.over(part).next(1, from: evidence.asked, excluding: evidence.points).first.map {
            var explanation = Explanation(
                planner: Self.version, observations: evidence.observations.count, pending: evidence.pending.count)
            if data.count >= 2 { explanation.troubles = [data.isFlat ? .noDifference : .noProposal] }
            if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
            return Recommendation(parameters: $0, origin: .planned, explanation: explanation)
        }
    }

    // MARK: The model

    /// The model of all data, its hyperparameters learnt from the first of them: see ``ModelFit/fitted(at:)``. Nil while they tell no
    /// difference between places.
    private func model(of data: TrainingData) -> Model? {
        guard data.count >= 2, !data.isFlat else { return nil }
        let learnt = data.prefix(ModelFit.fitted(at: data.count))
        let fit = fits.fit(learnt) { ModelFit(learnt, metrics: map.metrics, recipe: recipe, seed: seed) }
        return fit.map { Model(data.subset(Self.active, seed: seed), $0) }
    }

    /// Whether hardly any measurements are left: what is found now far from the best point can no longer be followed up.
    private func isLate(_ evidence: Evidence) -> Bool {
        guard let budget else { return false }
        let left = budget - (evidence.observations.count + evidence.pending.count - evidence.given)
        return Double(left) < recipe.finale * Double(budget)
    }

    /// The point with the best acquisition; nil where the model cannot be computed, or the search finds no new point.
    private func proposal(from model: Model, _ data: TrainingData, given evidence: Evidence) -> Recommendation? {
        // A failed measurement tells nothing of the value, but going there again at once would tell nothing new either.
        let open = evidence.pending + evidence.failed
        let places = open.map(map.features(of:))
        var random = RandomNumbers(seed: seed, evidence.observations.count, open.count)
        let known = model.beliefs.compactMap { belief in model.process(belief).map { (belief: belief, process: $0) } }
        let processes = recipe.has(.fantasies) ? fantasizing(model, known, places, &random) : known.map(\.process)
        guard let incumbent = Incumbent(known.map(\.process)), !processes.isEmpty else { return nil }

        let effort = Effort(data.count, recipe)
        var search = AcquisitionSearch(
            map: map, acquisition: LogExpectedImprovement(members: processes.map { .init($0) }), effort: effort)
        search.elite = incumbent.order.prefix(Self.elite).map { model.coordinates[$0] }
        if recipe.has(.interior) {
            search.interior = InteriorBelief(
                recipe.interior, parameters: map.continuous.count, observations: data.count)
        }
        if recipe.has(.trustRegion), isLate(evidence) || evidence.asked % recipe.trustRegionEvery == 0,
            let center = search.elite.first
        {
            search.region = TrustRegion(center: center, halfWidth: recipe.trustRegion)
        }
        let part = evidence.only == nil ? nil : evidence.part(of: space)
        search.reach = part.map { Reach(of: $0, map) }
        let taken = KnownPlaces(evidence.points, map: map)
        /// The point that an instrument can be set to, next to some coordinates.
        func settable(_ coordinates: [Double]) -> Point {
            let point = map.point(at: coordinates)
            return part?.clamping(point) ?? point
        }
        let isRounded = space.parameters.contains { $0.resolution != nil }
        let best = search.best(seed: random.next()) { coordinates in
            let coordinates = isRounded ? map.coordinates(of: settable(coordinates)) : coordinates
            guard !taken.contains(coordinates) else { return true }
            let features = map.features(at: coordinates)
            return places.contains { model.cannotTellApart($0, features) }
        }
        guard var best else { return nil }
        let point = settable(best.coordinates)
        if isRounded { best.coordinates = map.coordinates(of: point) }
        var explanation = explanation(of: best, model, processes, given: evidence)
        if processes.count < model.beliefs.count { explanation.troubles.append(.beliefDropped) }
        if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
        explanation.troubles.sort()
        return Recommendation(parameters: point, origin: .planned, explanation: explanation.finite)
    }

    /// What is known under each belief, with joint fantasies of what the points at `places` will bring.
    private func fantasizing(
        _ model: Model, _ known: [(belief: Hyperparameters, process: GaussianProcess)], _ places: [[Double]],
        _ random: inout RandomNumbers
    ) -> [GaussianProcess] {
        let pending = Matrix(rows: places.count, columns: map.metrics.count, elements: Array(places.joined()))
        let each = max(1, recipe.fantasies / max(1, known.count))
        return known.compactMap { belief, process in
            process.fantasizing(pending, noise: model.noiseToCome(belief), count: each, random: &random)
        }
    }

    private func explanation(
        of best: AcquisitionSearch.Candidate, _ model: Model, _ processes: [GaussianProcess], given evidence: Evidence
    ) -> Explanation {
        let prediction = Prediction.mixture(processes, at: map.features(at: best.coordinates))
        let (mean, deviation) = model.measured(mean: prediction.mean, deviation: prediction.deviation)
        var explanation = Explanation(
            planner: Self.version, observations: evidence.observations.count, pending: evidence.pending.count)
        explanation.mean = mean
        explanation.deviation = deviation
        explanation.acquisition = best.value
        explanation.hyperparameters = .init(model)
        explanation.troubles = Array(model.troubles)
        if processes.contains(where: { $0.jitter > 0 }) { explanation.troubles.append(.jitter) }
        return explanation
    }
}

extension Explanation.Hyperparameters {
    init(_ model: Model) {
        let (covariance, noise) = (model.likeliest.covariance, model.likeliest.noise)
        let (warp, parameter): (String, Double?) =
            switch model.transform.warp {
            case .identity: ("identity", nil)
            case .power(let exponent): ("power", exponent)
            case .logarithm(let offset): ("logarithm", offset)
            }
        self.init(
            lengthscales: covariance.lengthscales,
            additiveLengthscales: covariance.additivity > 0 ? covariance.additiveLengthscales : [],
            additivity: covariance.additivity, variance: covariance.variance, noise: noise, warp: warp,
            warpParameter: parameter, samples: model.beliefs.count)
    }
}
