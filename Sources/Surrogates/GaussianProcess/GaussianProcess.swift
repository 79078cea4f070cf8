import Foundation

/// A Gaussian process that knows values at points (Rasmussen and Williams 2006, algorithm 2.1), in the model's own scale.
///
/// Several columns of values may share the points: the fantasies of what pending experiments will bring. They share the covariance
/// too, and differ in their means only.
public struct GaussianProcess: Sendable {
    /// The covariance without noise.
    public let covariance: Covariance
    /// The points, n x d.
    public let x: Matrix
    /// The noise variance of each point's values, n.
    public let noise: [Double]
    /// The values, k x n.
    public let values: Matrix
    /// The constant mean.
    public let mean: Double
    /// The factor of the covariance with noise.
    public let factor: Cholesky
    /// A^-1 (y - mean), one row a column of values: k x n.
    public let weights: Matrix
    /// What was added to the diagonal beyond the noise to make the covariance positive definite.
    public let jitter: Double
    let points: CovariancePoints

    /// The process that knows `values` (k x n), with noise variances `noise` (n), at `x` (n x d). The mean is given, or the most likely
    /// one for the first row. Nil if the covariance cannot be factored even with jitter. Cost: n^3 / 3 + k n^2.
    public init?(_ covariance: Covariance, x: Matrix, values: Matrix, noise: [Double], mean: Double? = nil) {
        guard let (factor, jitter) = Self.factor(covariance(x, noise: noise), scale: covariance.variance) else {
            return nil
        }
        self.init(covariance, x: x, values: values, noise: noise, mean: mean, factor: factor, jitter: jitter)
    }

    private init(
        _ covariance: Covariance, x: Matrix, values: Matrix, noise: [Double], mean: Double?, factor: Cholesky,
        jitter: Double
    ) {
        self.covariance = covariance
        self.x = x
        self.noise = noise
        self.values = values
        self.factor = factor
        self.jitter = jitter
        points = CovariancePoints(covariance, x)
        let constant = mean ?? constantMean(Array(values.row(0)), factor)
        self.mean = constant
        var weights = Matrix(rows: values.rows, columns: values.columns)
        for row in 0..<values.rows {
            let solved = factor.solve(values.row(row).map { $0 - constant })
            for column in 0..<values.columns { weights[row, column] = solved[column] }
        }
        self.weights = weights
    }

    /// The factor of a covariance, with the least jitter that it needs; nil if even much is too little.
    static func factor(_ covariance: Matrix, scale: Double) -> (Cholesky, Double)? {
        if let factor = Cholesky(covariance) { return (factor, 0) }
        for exponent in stride(from: -10, through: -4, by: 1) {
            let jitter = scale * pow(10, Double(exponent))
            var padded = covariance
            for index in 0..<padded.rows { padded[index, index] += jitter }
            if let factor = Cholesky(padded) { return (factor, jitter) }
        }
        return nil
    }

    /// The process that also knows `count` joint fantasies of what the rows of `pending` (m x d) will bring, each with noise
    /// variance `pendingNoise`: drawn from the posterior of this one (Snoek, Larochelle, Adams 2012, arXiv 1206.2944), which knows one
    /// column of values. Nil if the covariance with them cannot be factored. Cost: n^2 m + count (n + m)^2.
    public func fantasizing(
        _ pending: Matrix, noise pendingNoise: Double, count: Int, random: inout RandomNumbers
    ) -> GaussianProcess? {
        guard pending.rows > 0 else { return self }
        // The factor grows by rows: [L 0; B' S], B = L^-1 K(x, pending), S S' = K(pending) + noise - B' B.
        let solved = factor.solveLower(covariance(x, pending))
        let spread = max(pendingNoise, 1e-9 * covariance.variance) + jitter
        let noises = [Double](repeating: spread, count: pending.rows)
        let posterior = covariance(pending, noise: noises).minus(solved.transposedTimes(solved))
        guard let (corner, further) = Self.factor(posterior, scale: covariance.variance) else { return nil }
        let means = solved.transposed.times(factor.solveLower(values.row(0).map { $0 - mean })).map { $0 + mean }
        var fantasies = Matrix(rows: count, columns: x.rows + pending.rows)
        for row in 0..<count {
            let sample = corner.times((0..<pending.rows).map { _ in random.normal() })
            for column in 0..<x.rows { fantasies[row, column] = values[0, column] }
            for column in 0..<pending.rows { fantasies[row, x.rows + column] = means[column] + sample[column] }
        }
        return GaussianProcess(
            covariance,
            x: Matrix(rows: x.rows + pending.rows, columns: x.columns, elements: x.elements + pending.elements),
            values: fantasies, noise: noise + [Double](repeating: spread - jitter, count: pending.rows), mean: mean,
            factor: factor.bordered(by: solved, corner: corner), jitter: max(jitter, further))
    }

    /// The posterior at the rows of `points` (m x d): the means, k x m, and the variance of the latent value, m.
    /// Cost: m n d + m n^2.
    public func posterior(_ points: Matrix) -> (means: Matrix, variances: [Double]) {
        let cross = covariance(x, points)  // n x m
        var means = weights.times(cross)
        for index in means.elements.indices { means.elements[index] += mean }
        let solved = factor.solveLower(cross)
        var variances = [Double](repeating: covariance.variance, count: points.rows)
        variances.subtractSquares(ofColumns: solved)
        let floor = covariance.variance * 1e-12
        return (means, variances.map { max($0, floor) })
    }

    /// The posterior covariance of the latent values at the rows of `points` (m x d): m x m. Cost: m n^2 + m^2 n.
    public func covariance(_ points: Matrix) -> Matrix {
        let solved = factor.solveLower(covariance(x, points))  // n x m
        let prior = covariance(points, noise: [Double](repeating: 0, count: points.rows))
        return prior.minus(solved.transposedTimes(solved))
    }

    /// Joint samples of the latent values at the rows of `points` (m x d): count x m, for the first column of values. Nil if their covariance cannot be
    /// factored. Cost: m n^2 + m^3 / 3 + count m^2.
    public func samples(_ points: Matrix, count: Int, random: inout RandomNumbers) -> Matrix? {
        let means = posterior(points).means.row(0)
        guard let (factor, _) = Self.factor(covariance(points), scale: covariance.variance) else { return nil }
        var samples: [Double] = []
        samples.reserveCapacity(count * points.rows)
        for _ in 0..<count {
            let deviations = factor.times((0..<points.rows).map { _ in random.normal() })
            for (mean, deviation) in zip(means, deviations) { samples.append(mean + deviation) }
        }
        return Matrix(rows: count, columns: points.rows, elements: samples)
    }

    /// The posterior at one point, with the gradients that a search needs. Cost: n d + 2 n^2.
    public func posterior(at point: [Double]) -> PointPosterior {
        let place = CovariancePoint(covariance, point)
        let cross = points.covariances(place)
        let half = factor.solveLower(cross)
        let variance = max(covariance.variance - dot(half, half), covariance.variance * 1e-12)
        return PointPosterior(
            points: points, weights: weights, place: place, means: weights.times(cross).map { $0 + mean },
            variance: variance,
            solved: factor.solveUpper(half))
    }

    /// By how much each value of the first column is off what the other ones predict, and the variance of that, with its noise (Rasmussen and Williams
    /// 2006, equation 5.12). Cost: n^3.
    public var errorsOfOthers: [(error: Double, variance: Double)] {
        let inverse = factor.inverse
        return (0..<x.rows).map { (weights[0, $0] / inverse[$0, $0], 1 / inverse[$0, $0]) }
    }

    /// The means of the first column at the rows of `points` (m x d). Cost: m n d.
    public func means(at points: Matrix) -> [Double] {
        weights.times(covariance(x, points)).row(0).map { $0 + mean }
    }

    /// The means at the known points themselves, without their noise: k x n. Cost: k n.
    public var knownMeans: Matrix {
        var means = values
        for row in 0..<means.rows {
            for column in 0..<means.columns { means[row, column] -= (noise[column] + jitter) * weights[row, column] }
        }
        return means
    }
}

/// The posterior at one point.
public struct PointPosterior {
    let points: CovariancePoints
    /// A^-1 (y - mean) of all columns of values.
    let weights: Matrix
    let place: CovariancePoint
    /// The mean for each column of values.
    public let means: [Double]
    /// The variance of the latent value.
    public let variance: Double
    let solved: [Double]

    /// The gradient of a weighted sum of the means plus `spread` times the standard deviation, by the features.
    /// Cost: k n + n d.
    public func gradient(means meanWeights: [Double], standardDeviation spread: Double) -> [Double] {
        let n = weights.columns
        // d(variance) = -2 k' A^-1 dk, and d(deviation) = d(variance) / (2 deviation).
        let factor = -spread / variance.squareRoot()
        var combined = solved.map { factor * $0 }
        for (row, weight) in meanWeights.enumerated() where weight != 0 {
            for column in 0..<n { combined[column] += weight * weights.elements[row * n + column] }
        }
        return points.gradient(place, weights: combined)
    }
}
