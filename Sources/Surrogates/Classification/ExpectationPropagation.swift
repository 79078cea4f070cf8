import Foundation

/// The posterior of a process of which it is known on which side of thresholds it lies, by expectation propagation (Minka 2001; Rasmussen and Williams
/// 2006, section 3.6), all sites at once and damped: a probit classifier, where unlike Laplace's mode it is as sure of a label that was seen as it
/// should be; and a regression of censored values (Tobit).
enum ExpectationPropagation {
    private static let (sweeps, damping, precise) = (40, 0.7, 1e-4)
    /// A site's precision is at least so much.
    private static let leastPrecision = 1e-9

    /// What is known of one latent value.
    enum Site {
        /// A measured value with a noise variance.
        case value(Double, noise: Double)
        /// That a measurement with a noise variance came out above the threshold, or else below.
        case side(isAbove: Bool, threshold: Double, noise: Double)
    }

    /// The values and noise of a regression that has the posterior of the latent values at the rows of `x`. Nil if a matrix cannot be factored.
    /// Cost: some 20 n^3.
    static func pseudoData(
        _ covariance: Covariance, x: Matrix, sites: [Site], mean: Double
    ) -> (values: [Double], noise: [Double])? {
        let n = x.rows
        let k = covariance(x, noise: [Double](repeating: 1e-8 * covariance.variance, count: n))
        var precision = [Double](repeating: leastPrecision, count: n)
        var shift = [Double](repeating: 0, count: n)
        for (index, site) in sites.enumerated() {
            guard case .value(let value, let noise) = site else { continue }
            precision[index] = 1 / max(noise, 1e-8 * covariance.variance)
            shift[index] = (value - mean) * precision[index]
        }
        for _ in 0..<sweeps {
            guard let (means, variances) = posterior(k, precision, shift) else { return nil }
            var change = 0.0
            for index in 0..<n {
                guard case .side(let isAbove, let threshold, let noise) = sites[index] else { continue }
                let sign: Double = isAbove ? 1 : -1
                let cavity = max(1 / variances[index] - precision[index], leastPrecision)
                let (variance, center) = (1 / cavity, (means[index] / variances[index] - shift[index]) / cavity)
                let scale = (noise + variance).squareRoot()
                let z = sign * (center + mean - threshold) / scale
                let ratio = ProbitClassifier.logCumulative(z).slope
                let tilted = center + sign * variance * ratio / scale
                let spread = variance - variance * variance * ratio * (z + ratio) / (noise + variance)
                let next = max(1 / spread - cavity, leastPrecision)
                let nextShift = tilted / spread - center * cavity
                change = max(change, abs(next - precision[index]) / (1 + abs(next)))
                precision[index] += damping * (next - precision[index])
                shift[index] += damping * (nextShift - shift[index])
            }
            if change < precise { break }
        }
        return (zip(shift, precision).map { mean + $0 / $1 }, precision.map { 1 / $0 })
    }

    /// Means and variances of the latent values, less their constant, under sites of some precision and shift.
    private static func posterior(
        _ k: Matrix, _ precision: [Double], _ shift: [Double]
    ) -> (means: [Double], variances: [Double])? {
        let n = k.rows
        let root = precision.map { $0.squareRoot() }
        guard let factor = Cholesky(identityPlus: k, scaledBy: root) else { return nil }
        var side = k
        for row in 0..<n { for column in 0..<n { side[row, column] *= root[row] } }
        let v = factor.solveLower(side)
        let along = v.times(shift)
        var means = k.times(shift)
        var variances = (0..<n).map { k[$0, $0] }
        for row in 0..<n {
            for column in 0..<n {
                let element = v[row, column]
                means[column] -= element * along[row]
                variances[column] -= element * element
            }
        }
        return (means, variances.map { max($0, 1e-12) })
    }
}

extension Cholesky {
    /// The factor of I + S K S, S diagonal: how both approximations of a classifier's posterior use the covariance K. Cost: n^3 / 3.
    init?(identityPlus k: Matrix, scaledBy root: [Double]) {
        var b = k
        for row in 0..<k.rows {
            for column in 0..<k.columns { b[row, column] *= root[row] * root[column] }
            b[row, row] += 1
        }
        self.init(b)
    }
}
