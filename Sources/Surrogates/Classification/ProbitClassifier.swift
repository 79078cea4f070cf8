import Foundation

/// A Gaussian process classifier with a probit likelihood: hyperparameters by Laplace's approximation (Rasmussen and Williams 2006, sections
/// 3.4 and 3.5), probabilities by ``ExpectationPropagation``.
///
/// P(y = +1) = Phi(f), f a Gaussian process round a constant. Where labels change sharply the most likely process is steep, and the
/// probability is near 0 or 1 on both sides; where they change by chance it is flat.
public struct ProbitClassifier: Sendable {
    /// The process of the latent value: that of a regression with the pseudo-values and noise of the approximation.
    public let process: GaussianProcess
    /// The logarithm of the approximate marginal likelihood, and of the prior of the hyperparameters.
    public let logPosterior: Double

    /// Newton steps to the mode, at most.
    private static let steps = 30
    /// What the curvature is at least, so that the noise is finite.
    private static let leastCurvature = 1e-9

    /// The classifier of `labels` (true: +1) at the rows of `x` (n x d) under a covariance. Nil if it cannot be factored. Cost: some 10 n^3 / 3.
    init?(_ covariance: Covariance, x: Matrix, labels: [Bool], mean: Double, logPrior: Double) {
        let n = x.rows
        let k = covariance(x, noise: [Double](repeating: 1e-8 * covariance.variance, count: n))
        // f = mean + K a
        var (a, f) = ([Double](repeating: 0, count: n), [Double](repeating: mean, count: n))
        var curvature = [Double](repeating: 0, count: n)
        var slope = curvature
        var objective = -Double.infinity
        for _ in 0..<Self.steps {
            for index in 0..<n {
                (slope[index], curvature[index]) = Self.derivatives(f[index], labels[index])
            }
            let rooted = curvature.map { $0.squareRoot() }
            guard let factor = Cholesky(identityPlus: k, scaledBy: rooted) else { return nil }
            let target = (0..<n).map { curvature[$0] * (f[$0] - mean) + slope[$0] }
            let scaled = factor.solve(zip(rooted, k.times(target)).map { $0 * $1 })
            let next = (0..<n).map { target[$0] - rooted[$0] * scaled[$0] }
            // Half steps where a whole one overshoots.
            var (step, accepted) = (1.0, false)
            for _ in 0..<8 where !accepted {
                let tried = zip(a, next).map { $0 + step * ($1 - $0) }
                let values = k.times(tried).map { $0 + mean }
                let now = Self.logLikelihood(values, labels) - 0.5 * dot(tried, values.map { $0 - mean })
                if now >= objective - 1e-12 {
                    let gain = now - objective
                    (a, f, objective, accepted) = (tried, values, now, true)
                    if gain < 1e-8 { step = 0 }
                } else {
                    step /= 2
                }
            }
            if !accepted || step == 0 { break }
        }
        for index in 0..<n { (slope[index], curvature[index]) = Self.derivatives(f[index], labels[index]) }
        guard let factor = Cholesky(identityPlus: k, scaledBy: curvature.map { $0.squareRoot() }) else { return nil }
        logPosterior = objective - factor.logDeterminant / 2 + logPrior
        let noise = curvature.map { 1 / max($0, Self.leastCurvature) }
        let pseudo = (0..<n).map { f[$0] + slope[$0] * noise[$0] }
        guard
            let process = GaussianProcess(covariance, x: x, values: Matrix(rows: [pseudo]), noise: noise, mean: mean)
        else { return nil }
        self.process = process
    }

    /// The logarithms of P(y = +1) at the rows of `features` (m x d). Cost: m n^2.
    public func logProbabilities(_ features: Matrix) -> [Double] {
        let (means, variances) = process.posterior(features)
        return (0..<features.rows).map { row in
            Self.logCumulative(means[0, row] / (1 + variances[row]).squareRoot()).value
        }
    }

    /// The same at one point, and its gradient by the features. Cost: n^2.
    public func logProbability(at features: [Double]) -> (value: Double, gradient: [Double]) {
        let posterior = process.posterior(at: features)
        let scale = (1 + posterior.variance).squareRoot()
        let z = posterior.means[0] / scale
        let (value, slope) = Self.logCumulative(z)
        let spread = -slope * z * posterior.variance.squareRoot() / (scale * scale)
        return (value, posterior.gradient(means: [slope / scale], standardDeviation: spread))
    }

    private static func logLikelihood(_ values: [Double], _ labels: [Bool]) -> Double {
        zip(values, labels).reduce(0) { $0 + logCumulative($1.1 ? $1.0 : -$1.0).value }
    }

    /// The first derivative of the log likelihood by the latent value, and the negative second one.
    private static func derivatives(_ value: Double, _ label: Bool) -> (slope: Double, curvature: Double) {
        let sign: Double = label ? 1 : -1
        let ratio = logCumulative(sign * value).slope
        return (sign * ratio, max(ratio * (ratio + sign * value), leastCurvature))
    }

    /// log Phi(z), and its derivative, stable far into the tail.
    public static func logCumulative(_ z: Double) -> (value: Double, slope: Double) {
        if z > -8 {
            let cumulative = 0.5 * erfc(-z / 2.0.squareRoot())
            let density = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
            return (log(cumulative), density / cumulative)
        }
        // Phi(z) = phi(z) / -z (1 - 1 / z^2 + 3 / z^4 - ...)
        let inverse = 1 / (z * z)
        let series = 1 - inverse + 3 * inverse * inverse
        return (-0.5 * z * z - 0.5 * log(2 * .pi) - log(-z) + log(series), -z / series)
    }
}

extension ProbitClassifier {
    /// The lengthscales and standard deviations of the latent value that are tried.
    private static let (lengthscales, deviations) = ([0.08, 0.16, 0.3, 0.6, 1.2, 2.5, 6], [0.5, 1, 2, 4, 8, 16, 32])

    /// The medians of the log-normal priors: of the lengthscales, as parts of the range, and of the standard deviation of the latent value.
    public struct Prior: Sendable, Hashable {
        let lengthscale: Double
        let deviation: Double

        /// The prior of two medians.
        public init(lengthscale: Double, deviation: Double) {
            (self.lengthscale, self.deviation) = (lengthscale, deviation)
        }
    }

    /// The most likely classifier among lengthscales and variances of a grid, by coordinates: from all of them in the middle, each in turn, twice.
    /// Nil if none can be factored. Cost: some 150 (d + 1) n^3 / 3.
    public init?(fitting labels: [Bool], x: Matrix, metrics: [Covariance.Metric], prior beliefs: Prior) {
        let share = (Double(labels.count { $0 }) + 1) / Double(labels.count + 2)
        // Where nothing is known, the share that came to an end so far.
        let mean = Self.quantile(share)
        var chosen = [Int](repeating: 3, count: metrics.count) + [3]
        func classifier(_ places: [Int]) -> ProbitClassifier? {
            let scales = places.dropLast().map { Self.lengthscales[$0] }
            let deviation = Self.deviations[places[places.count - 1]]
            let prior =
                scales.reduce(0) { $0 - 0.5 * pow(log($1 / beliefs.lengthscale), 2) } - 0.5
                * pow(log(deviation / beliefs.deviation) / 1.2, 2)
            return ProbitClassifier(
                Covariance(metrics: metrics, lengthscales: scales, variance: deviation * deviation), x: x,
                labels: labels, mean: mean, logPrior: prior)
        }
        guard var best = classifier(chosen) else { return nil }
        for _ in 0..<2 {
            let before = chosen
            for index in chosen.indices {
                for step in [-1, 1] {
                    while (0..<7).contains(chosen[index] + step) {
                        var tried = chosen
                        tried[index] += step
                        guard let other = classifier(tried), other.logPosterior > best.logPosterior else { break }
                        (best, chosen) = (other, tried)
                    }
                }
            }
            if chosen == before { break }
        }
        // The evidence of Laplace's approximation is good enough to choose by; its probabilities are not.
        let covariance = best.process.covariance
        guard
            let (values, noise) = ExpectationPropagation.pseudoData(
                covariance, x: x, sites: labels.map { .side(isAbove: $0, threshold: 0, noise: 1) }, mean: mean),
            let process = GaussianProcess(covariance, x: x, values: Matrix(rows: [values]), noise: noise, mean: mean)
        else { return nil }
        self.init(process: process, logPosterior: best.logPosterior)
    }

    private init(process: GaussianProcess, logPosterior: Double) {
        (self.process, self.logPosterior) = (process, logPosterior)
    }

    /// The z of which Phi(z) is `share`, by bisection.
    private static func quantile(_ share: Double) -> Double {
        var (low, high) = (-6.0, 6.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < share { low = middle } else { high = middle }
        }
        return low
    }
}
