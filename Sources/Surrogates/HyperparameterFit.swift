import Foundation

/// The maximum a posteriori fit of a Gaussian process to standardized values.
public enum HyperparameterFit {
    /// What is believed of the hyperparameters beforehand.
    ///
    /// Lengthscales: LogNormal(sqrt 2 + ln(d) / 2, sqrt 3), d the number of groups, which keeps the model's complexity alike in
    /// all dimensions (Hvarfner, Hellsten, Nardi 2024, arXiv 2402.02229). Variance: near that of the values. Noise: anything
    /// from none (a simulation) to most of the variance.
    public struct Prior: Sendable {
        let lengthscale: (mean: Double, deviation: Double)
        let variance: (mean: Double, deviation: Double) = (0, 1)
        let noise: (mean: Double, deviation: Double) = (-7, 3)

        /// The prior for features in so many groups.
        public init(groups: Int) {
            lengthscale = (2.0.squareRoot() + Foundation.log(Double(max(1, groups))) / 2, 3.0.squareRoot())
        }

        /// The log density at `logarithms` up to a constant, added to a value and a gradient.
        func add(_ logarithms: [Double], to value: inout Double, _ gradient: inout [Double]) {
            let count = logarithms.count - 2
            for (index, logarithm) in logarithms.enumerated() {
                let (mean, deviation) = index < count ? lengthscale : index == count ? variance : noise
                let z = (logarithm - mean) / deviation
                value -= 0.5 * z * z
                gradient[index] -= z / deviation
            }
        }
    }

    /// The least noise variance, of values of variance 1.
    public static let noiseFloor = 1e-6

    /// The fit.
    public struct Outcome: Sendable {
        /// The hyperparameters.
        public let hyperparameters: Hyperparameters
        /// Their log posterior density, up to the prior's constant.
        public let logPosterior: Double
        /// How often the likelihood was evaluated.
        public let evaluations: Int
    }

    /// Fits values `y` of mean 0 and variance 1 at features `x` in the unit cube, from several starts by L-BFGS. Nil if no
    /// start leads to a covariance that can be factored. Cost: some 100 times n^3.
    public static func fit(x: Matrix, y: [Double], groups: [Int]) -> Outcome? {
        let count = (groups.max() ?? -1) + 1
        let prior = Prior(groups: count)
        let likelihood = MarginalLikelihood(x: x, y: y, groups: groups)
        let low =
            [Double](repeating: Foundation.log(0.01), count: count) + [
                Foundation.log(0.02), Foundation.log(noiseFloor),
            ]
        let high = [Double](repeating: Foundation.log(300), count: count) + [Foundation.log(100), Foundation.log(1)]
        var best: Minimizer.Outcome?
        var evaluations = 0
        for (lengthscale, noise) in [(0.4, 1e-4), (1.5, 1e-2), (0.15, 1e-3)] {
            let scale = lengthscale * Double(count).squareRoot()
            let start =
                [Double](repeating: Foundation.log(scale), count: count) + [0, Foundation.log(noise)]
            let outcome = Minimizer.minimize(from: start, low: low, high: high, limit: 80) { parameters, gradient in
                guard var (value, slope) = likelihood.evaluate(parameters) else { return .infinity }
                prior.add(parameters, to: &value, &slope)
                for index in slope.indices { gradient[index] = -slope[index] }
                return -value
            }
            evaluations += outcome.evaluations
            if outcome.value < best?.value ?? .infinity { best = outcome }
        }
        guard let best, best.value.isFinite else { return nil }
        return Outcome(
            hyperparameters: Hyperparameters(logarithms: best.point, groups: groups), logPosterior: -best.value,
            evaluations: evaluations)
    }
}
