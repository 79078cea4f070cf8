import Campaigns
import Foundation
import Surrogates

/// What is believed of the objective after some observations: a Gaussian process in the scale of a power transform.
struct Model: Sendable {
    /// To and from the model's scale, where smaller is better.
    let transform: OutputTransform
    /// +1 to minimize, -1 to maximize.
    let sign: Double
    let hyperparameters: Hyperparameters
    /// The features of the observations, n x d.
    let x: Matrix
    /// Their values in the model's scale.
    let y: [Double]
    /// The constant mean, fitted to the observations.
    let mean: Double

    /// Fits the model. The values are taken as they are, or under the power transform that makes them likeliest to be normal:
    /// whichever the whole model finds likelier, the transform's Jacobian included (Snelson et al. 2004; HEBO, Cowen-Rivers et
    /// al. 2022). Nil if no covariance can be factored. Cost: some 200 times n^3.
    init?(_ observations: [Observation], objective: Objective, map: FeatureMap) {
        sign = objective.goal == .minimize ? 1 : -1
        let sign = sign
        let raw = observations.map { sign * ($0.values[objective.name] ?? 0) }
        let x = Matrix(rows: observations.map { map.features(of: $0.parameters) })
        var best: (transform: OutputTransform, fit: HyperparameterFit.Outcome, y: [Double], score: Double)?
        var exponents = [1.0]
        let likeliest = OutputTransform.likeliestLambda(raw)
        if observations.count >= 4, abs(likeliest - 1) > 0.05 { exponents.append(likeliest) }
        for exponent in exponents {
            let transform = OutputTransform(raw, lambda: exponent)
            let y = raw.map(transform.forward)
            guard let fit = HyperparameterFit.fit(x: x, y: y, groups: map.groups) else { continue }
            let score = fit.logPosterior + transform.logJacobian(raw)
            if score > best?.score ?? -.infinity { best = (transform, fit, y, score) }
        }
        guard let best,
            let process = GaussianProcess(
                best.fit.hyperparameters, x: x, values: Matrix(rows: [best.y]))
        else { return nil }
        transform = best.transform
        hyperparameters = best.fit.hyperparameters
        self.x = x
        y = best.y
        mean = process.mean
    }

    /// The process that knows the observations only.
    func process() -> GaussianProcess? {
        GaussianProcess(hyperparameters, x: x, values: Matrix(rows: [y]), mean: mean)
    }

    /// The process that also knows `count` joint fantasies of what the rows of `pending` (m x d) will bring, drawn from the
    /// posterior (Snoek, Larochelle, Adams 2012). Cost: (n + m)^3 / 3 + count (n + m)^2.
    func fantasized(_ pending: Matrix, count: Int, random: inout RandomNumbers) -> GaussianProcess? {
        guard let known = process() else { return nil }
        guard pending.rows > 0 else { return known }
        var covariance = known.covariance(pending)
        // What will be told is the value with its noise.
        let spread = max(hyperparameters.noise, 1e-9 * hyperparameters.kernel.variance)
        for index in 0..<pending.rows { covariance[index, index] += spread }
        guard let factor = Cholesky(covariance) else { return nil }
        let means = known.posterior(pending).means
        var values = Matrix(rows: count, columns: y.count + pending.rows)
        for row in 0..<count {
            let sample = factor.times((0..<pending.rows).map { _ in random.normal() })
            for (column, value) in y.enumerated() { values[row, column] = value }
            for column in 0..<pending.rows { values[row, y.count + column] = means[0, column] + sample[column] }
        }
        let points = Matrix(
            rows: x.rows + pending.rows, columns: x.columns, elements: x.elements + pending.elements)
        return GaussianProcess(hyperparameters, x: points, values: values, mean: mean)
    }

    /// Mean and standard deviation of a normal value of the model's scale, in the objective's own unit: the deviation is half
    /// the distance between the images of one deviation up and down.
    func measured(mean: Double, deviation: Double) -> (mean: Double, deviation: Double) {
        let (up, down) = (transform.backward(mean + deviation), transform.backward(mean - deviation))
        return (sign * transform.backward(mean), abs(up - down) / 2)
    }
}
