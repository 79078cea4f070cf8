import Campaigns
import Foundation
import Surrogates

/// What the best point known is expected to miss of the optimum: the expected simple regret (as in Wilson 2024, arXiv 2402.16811), by joint samples
/// of the posterior at points all over the feasible set and near the best observations.
///
/// The optimum over finitely many points is a little worse than that over all; and the model is taken at its word.
public struct RegretEstimate: Hashable, Sendable {
    /// The expected simple regret of the observation with the best predicted mean, in the objective's unit.
    public let expected: Double
    /// The standard deviation of one measurement's noise there, in the objective's unit.
    public let noise: Double
}

extension RegretEstimate {
    /// Points all over, points near the best observations, and samples of each process.
    private static let (spread, near, samples) = (384, 24, 64)

    /// The estimate under a model; nil where a covariance cannot be factored. Cost: some m^3 a process, m about 500.
    init?(_ model: Model, among mayBe: (Int) -> Bool, in feasible: FeasibleSet, _ map: FeatureMap, seed: UInt64) {
        let processes = model.hyperparameterSamples.compactMap(model.process)
        guard let incumbent = Incumbent(processes, among: mayBe), let first = processes.first else { return nil }
        var random = RandomNumbers(seed: seed, model.y.count)
        let centers = incumbent.order.prefix(5).map { model.coordinates[$0] }
        let places = Self.places(near: centers, in: feasible, map, &random)
        var points = Matrix(rows: places.map(map.features(at:)))
        points = Matrix(
            rows: points.rows + 1, columns: points.columns, elements: points.elements + first.x.row(incumbent.index))
        var (sum, count) = (0.0, 0)
        for process in processes {
            guard let draws = process.samples(points, count: Self.samples, random: &random) else { continue }
            for row in 0..<draws.rows {
                let draw = draws.row(row)
                guard let least = draw.min(), let here = draw.last else { continue }
                sum += model.difference(from: least, to: here)
                count += 1
            }
        }
        guard count > 0, let sample = model.hyperparameterSamples.first else { return nil }
        expected = sum / Double(count)
        let deviation = model.noiseToCome(sample).squareRoot()
        noise = model.difference(from: incumbent.mean - deviation, to: incumbent.mean + deviation) / 2
    }

    private static func places(
        near centers: [[Double]], in feasible: FeasibleSet, _ map: FeatureMap, _ random: inout RandomNumbers
    ) -> [[Double]] {
        if let rows = feasible.rows {
            let near = centers.flatMap { rows.nearest(2 * Self.near, to: Int($0[0]), &random).prefix(2 * Self.near) }
            return Set(rows.sample(Self.spread, &random) + near).sorted().map { [Double($0)] }
        }
        if let set = feasible.constrained {
            let near = centers.map(map.point(at:)).flatMap { point in
                [0.1, 0.02].flatMap { set.neighbours(of: point, scale: $0, tries: Self.near, &random) }
            }
            return (Array(set.sample.prefix(Self.spread)) + near).map(map.coordinates(of:))
        }
        let sobol = SobolSequence(dimensions: map.space.parameters.count, seed: random.next())
        let all = (0..<Self.spread).map { feasible.squeezed(map.coordinates(unit: sobol[$0])) }
        let near = centers.flatMap { center in
            [0.1, 0.02].flatMap { halfWidth in
                (0..<Self.near).map { index in
                    TrustRegion(center: center, halfWidth: halfWidth).coordinates(unit: sobol[Self.spread + index], map)
                }
            }
        }
        return all + near.map(feasible.clamped)
    }
}

extension Model {
    /// The difference between two values of the model's scale, in the objective's unit; not below zero.
    func difference(from low: Double, to high: Double) -> Double {
        max(0, transform.backward(high) - transform.backward(low)) / data.scale
    }
}
