import Campaigns
import Foundation
import Surrogates

/// What experiments are expected to cost, by what those made so far have cost: a Gaussian process of the logarithm.
struct CostModel: Sendable {
    private static let objective = Objective(name: "cost", goal: .minimize)
    private static let recipe = Recipe(ablating: [.power, .logarithm, .averaging, .additive])
    private let model: Model
    private let process: GaussianProcess

    /// The model of the costs that some observations report; nil where these are fewer than three, or all equal.
    init?(_ observations: [Observation], map: FeatureMap, seed: UInt64, fits: FitCache) {
        let reported = observations.compactMap { observation -> Observation? in
            guard let cost = observation.cost, cost > 0 else { return nil }
            return Observation(parameters: observation.parameters, values: ["cost": log(cost)])
        }
        let data = TrainingData(reported, objective: Self.objective, map: map)
        guard data.count >= 3, !data.isFlat else { return nil }
        let learnt = data.prefix(ModelFit.fitted(at: data.count))
        let fit = fits.fit(learnt) { ModelFit(learnt, metrics: map.metrics, recipe: Self.recipe, seed: seed) }
        guard let fit else { return nil }
        model = Model(data.subset(512, seed: seed), fit)
        guard let process = model.process(fit.mapEstimate.hyperparameters) else { return nil }
        self.process = process
    }

    /// The median of what an experiment costs. Cost: n d.
    func expected(_ features: [Double]) -> Double {
        let means = process.posterior(Matrix(rows: [features])).means
        return exp(model.measured(mean: means[0, 0], standardDeviation: 0).mean)
    }
}
