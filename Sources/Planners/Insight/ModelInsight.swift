import Campaigns
import Foundation
import Surrogates

/// What a planner's model believes, for people to see and to judge. Values are in the objective's own unit.
public struct ModelInsight: Sendable {
    /// The point that slices and maps go through: the observation with the best predicted mean.
    public let center: Point
    let model: Model
    let processes: [GaussianProcess]
    let map: FeatureMap
    /// The coordinates of the center.
    let origin: [Double]
    let feasibility: FeasibilityModel?
    let seed: UInt64

    /// A predicted value: its mean, and the ends of the interval that holds it with a probability of 95 %.
    public struct Belief: Hashable, Sendable {
        public let mean: Double
        public let low: Double
        public let high: Double
        /// Half the distance between the images of one standard deviation up and down.
        public let standardDeviation: Double
        /// How likely a measurement comes to an end; nil while none failed.
        public let feasibility: Double?
    }

    private static let quantile = 1.959964

    /// What is believed at a point of the space. Cost: n^2 for each sample of the hyperparameters.
    public func belief(at point: Point) -> Belief? { beliefs(at: [map.coordinates(of: point)]).first }

    /// What is believed at some coordinates. Cost: m n^2 for each sample of the hyperparameters.
    func beliefs(at coordinates: [[Double]]) -> [Belief] {
        guard !coordinates.isEmpty else { return [] }
        let features = Matrix(rows: coordinates.map(map.features(at:)))
        let posteriors = processes.map { $0.posterior(features) }
        let probabilities = feasibility?.logProbabilities(features)
        return coordinates.indices.map { index in
            let share = 1 / Double(posteriors.count)
            let mean = posteriors.reduce(0) { $0 + share * $1.means[0, index] }
            let square = posteriors.reduce(0) { sum, one in
                sum + share * (one.means[0, index] * one.means[0, index] + one.variances[index])
            }
            return belief(
                mean: mean, standardDeviation: max(0, square - mean * mean).squareRoot(),
                feasibility: probabilities.map { exp($0[index]) })
        }
    }

    /// A normal value of the model's scale in the objective's unit.
    func belief(mean: Double, standardDeviation: Double, feasibility: Double? = nil) -> Belief {
        let reach = Self.quantile * standardDeviation
        let ends = [mean - reach, mean + reach].map { model.measured(mean: $0, standardDeviation: 0).mean }
        let measured = model.measured(mean: mean, standardDeviation: standardDeviation)
        return Belief(
            mean: measured.mean, low: min(ends[0], ends[1]), high: max(ends[0], ends[1]),
            standardDeviation: measured.standardDeviation, feasibility: feasibility)
    }
}

extension GaussianProcessPlanner {
    func insight(given input: PlannerInput) -> ModelInsight? { knowing(input.retired).insights(given: input) }

    /// Nil among listed candidates, whose features are their rows' numbers and no parameters.
    private func insights(given input: PlannerInput) -> ModelInsight? {
        guard map.table == nil, let model = model(of: sifted(input).data) else { return nil }
        let processes = model.hyperparameterSamples.compactMap(model.process)
        let outside = outside(model, input)
        guard let incumbent = Incumbent(processes, among: { !outside.contains($0) }) else { return nil }
        let coordinates = model.coordinates[incumbent.index]
        return ModelInsight(
            center: map.point(at: coordinates), model: model, processes: processes, map: map, origin: coordinates,
            feasibility: feasibility(given: input), seed: seed)
    }
}
