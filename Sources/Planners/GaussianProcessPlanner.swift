import Campaigns
import Foundation
import Surrogates

/// The planner that learns: initial design, Gaussian process, fantasies of what is pending, expected improvement.
struct GaussianProcessPlanner: Planner {
    /// Joint fantasies of the pending experiments.
    private static let fantasies = 16
    /// How many of the best observations the search starts from.
    private static let elite = 5

    let space: ParameterSpace
    let objective: Objective
    let seed: UInt64
    let initial: InitialDesign

    var learns: Bool { true }

    func recommend(_ count: Int, given evidence: Evidence) throws -> [Recommendation] {
        var recommendations = Array(initialDesign(given: evidence).prefix(count))
        let started = recommendations.isEmpty
        // With `wait` nothing is planned until the whole first design has ended.
        if initial.wait, !started || evidence.observations.count + evidence.failed.count < initial.size(in: space) {
            return recommendations
        }
        var known = evidence
        known.pending += recommendations.map(\.parameters)
        guard recommendations.count < count else { return recommendations }
        let map = FeatureMap(space)
        let model =
            evidence.observations.count >= 2
            ? Model(evidence.observations, objective: objective, map: map) : nil
        while recommendations.count < count {
            let next =
                model.flatMap { proposal(from: $0, map: map, given: known) }
                ?? design.next(1, from: known.asked, excluding: known.points).first.map {
                    Recommendation(parameters: $0, origin: .planned, explanation: nil)
                }
            guard let next else { break }
            recommendations.append(next)
            known.pending.append(next.parameters)
        }
        return recommendations
    }

    private var design: any Design {
        switch initial.strategy {
        case .sobol: SobolDesign(space: space, seed: seed)
        case .random: RandomDesign(space: space, seed: seed)
        }
    }

    /// The points of the initial design that nobody has been asked for.
    private func initialDesign(given evidence: Evidence) -> [Recommendation] {
        let size = initial.size(in: space)
        guard evidence.asked < size else { return [] }
        let known = Set(evidence.points)
        return design.next(size, from: 0, excluding: []).filter { !known.contains($0) }
            .prefix(size - evidence.asked)
            .map { Recommendation(parameters: $0, origin: .initial, explanation: nil) }
    }

    /// The point with the best acquisition; nil where the space is exhausted, or the model cannot be computed.
    private func proposal(from model: Model, map: FeatureMap, given evidence: Evidence) -> Recommendation? {
        // A failed measurement tells nothing of the value, but going there again at once would tell nothing new either.
        let open = evidence.pending + evidence.failed
        var random = RandomNumbers(seed: seed, evidence.observations.count, open.count)
        let pending = Matrix(
            rows: open.count, columns: model.x.columns, elements: open.flatMap(map.features(of:)))
        guard let process = model.fantasized(pending, count: Self.fantasies, random: &random) else { return nil }
        let acquisition = LogExpectedImprovement(members: [.init(process)])
        let search = AcquisitionSearch(map: map, acquisition: acquisition, elite: elite(model, process, map, evidence))
        let known = KnownPlaces(evidence.points, map: map)
        guard let best = search.best(seed: random.next(), taken: known.contains).first else { return nil }
        let prediction = process.posterior(at: map.features(at: best.coordinates))
        let mean = prediction.means.reduce(0, +) / Double(prediction.means.count)
        let measured = model.measured(mean: mean, deviation: prediction.variance.squareRoot())
        return Recommendation(
            parameters: map.point(at: best.coordinates), origin: .planned,
            explanation: Explanation(
                mean: measured.mean, deviation: measured.deviation, acquisition: best.value,
                observations: evidence.observations.count, pending: evidence.pending.count))
    }

    /// The coordinates of the observations with the best predicted means.
    private func elite(
        _ model: Model, _ process: GaussianProcess, _ map: FeatureMap, _ evidence: Evidence
    ) -> [[Double]] {
        let means = process.knownMeans
        let order = model.y.indices.sorted { means[0, $0] < means[0, $1] }
        return order.prefix(Self.elite).map { map.coordinates(of: evidence.observations[$0].parameters) }
    }
}
