import Foundation

/// A Gaussian process that knows values at points (Rasmussen and Williams 2006, algorithm 2.1), in the model's own scale.
///
/// Several columns of values may share the points: the fantasies of what pending experiments will bring. They share the
/// covariance too, and differ in their means only.
public struct GaussianProcess: Sendable {
    /// The hyperparameters.
    public let hyperparameters: Hyperparameters
    /// The points, n x d.
    public let x: Matrix
    /// The constant mean.
    public let mean: Double
    /// The factor of the covariance with noise.
    public let factor: Cholesky
    /// A^-1 (y - mean), one row a column of values: k x n.
    public let weights: Matrix
    /// The values, k x n.
    public let values: Matrix
    /// What was added to the diagonal beyond the noise to make the covariance positive definite.
    public let jitter: Double

    /// The process that knows `values` (k x n) at `x` (n x d). The mean is given, or the likeliest one for the first row.
    /// Nil if the covariance cannot be factored even with jitter. Cost: n^3 / 3 + k n^2.
    public init?(
        _ hyperparameters: Hyperparameters, x: Matrix, values: Matrix, mean: Double? = nil
    ) {
        let covariance = hyperparameters.kernel.covariance(x, noise: hyperparameters.noise)
        guard let (factor, jitter) = Self.factor(covariance, scale: hyperparameters.kernel.variance) else { return nil }
        self.hyperparameters = hyperparameters
        self.x = x
        self.factor = factor
        self.jitter = jitter
        self.values = values
        let constant = mean ?? constantMean(Array(values.row(0)), factor)
        self.mean = constant
        var weights = Matrix(rows: values.rows, columns: values.columns)
        for row in 0..<values.rows {
            let solved = factor.solve(values.row(row).map { $0 - constant })
            for column in 0..<values.columns { weights[row, column] = solved[column] }
        }
        self.weights = weights
    }

    private static func factor(_ covariance: Matrix, scale: Double) -> (Cholesky, Double)? {
        if let factor = Cholesky(covariance) { return (factor, 0) }
        for exponent in stride(from: -10, through: -4, by: 1) {
            let jitter = scale * pow(10, Double(exponent))
            var padded = covariance
            for index in 0..<padded.rows { padded[index, index] += jitter }
            if let factor = Cholesky(padded) { return (factor, jitter) }
        }
        return nil
    }

    /// The posterior at the rows of `points` (m x d): the means, k x m, and the variance of the latent value, m.
    /// Cost: m n d + m n^2.
    public func posterior(_ points: Matrix) -> (means: Matrix, variances: [Double]) {
        let cross = hyperparameters.kernel.covariance(x, points)  // n x m
        var means = weights.times(cross)
        for index in means.elements.indices { means.elements[index] += mean }
        let solved = factor.solveLower(cross)
        var variances = [Double](repeating: hyperparameters.kernel.variance, count: points.rows)
        for row in 0..<solved.rows {
            for column in 0..<solved.columns {
                let element = solved.elements[row * solved.columns + column]
                variances[column] -= element * element
            }
        }
        let floor = hyperparameters.kernel.variance * 1e-12
        return (means, variances.map { max($0, floor) })
    }

    /// The posterior covariance of the latent values at the rows of `points` (m x d): m x m. Cost: m n^2 + m^2 n.
    public func covariance(_ points: Matrix) -> Matrix {
        let solved = factor.solveLower(hyperparameters.kernel.covariance(x, points))  // n x m
        var covariance = hyperparameters.kernel.covariance(points, noise: 0)
        for one in 0..<points.rows {
            for other in 0..<points.rows {
                var sum = 0.0
                for row in 0..<solved.rows { sum += solved[row, one] * solved[row, other] }
                covariance[one, other] -= sum
            }
        }
        return covariance
    }

    /// The posterior at one point, with the gradients that a search needs. Cost: n d + 2 n^2.
    public func posterior(at point: [Double]) -> PointPosterior {
        let kernel = hyperparameters.kernel
        let (n, d) = (x.rows, x.columns)
        var cross = [Double](repeating: 0, count: n)
        var slopes = [Double](repeating: 0, count: n)
        for row in 0..<n {
            var squared = 0.0
            for j in 0..<d {
                let difference = (x.elements[row * d + j] - point[j]) / kernel.lengthscales[kernel.groups[j]]
                squared += difference * difference
            }
            cross[row] = kernel.value(squared)
            slopes[row] = kernel.slope(squared)
        }
        let half = factor.solveLower(cross)
        let variance = max(kernel.variance - dot(half, half), kernel.variance * 1e-12)
        return PointPosterior(
            process: self, point: point, means: weights.times(cross).map { $0 + mean }, variance: variance,
            slopes: slopes, solved: factor.solveUpper(half))
    }

    /// The means at the known points themselves, without their noise: k x n. Cost: k n.
    public var knownMeans: Matrix {
        var means = values
        let shrink = hyperparameters.noise + jitter
        for index in means.elements.indices { means.elements[index] -= shrink * weights.elements[index] }
        return means
    }
}

/// The posterior at one point.
public struct PointPosterior {
    let process: GaussianProcess
    let point: [Double]
    /// The mean for each column of values.
    public let means: [Double]
    /// The variance of the latent value.
    public let variance: Double
    let slopes: [Double]
    let solved: [Double]

    /// The gradient of a weighted sum of the means plus `spread` times the standard deviation, by the features.
    /// Cost: k n + n d.
    public func gradient(means meanWeights: [Double], deviation spread: Double) -> [Double] {
        let kernel = process.hyperparameters.kernel
        let (n, d) = (process.x.rows, point.count)
        var combined = [Double](repeating: 0, count: n)
        for (row, weight) in meanWeights.enumerated() where weight != 0 {
            for column in 0..<n { combined[column] += weight * process.weights.elements[row * n + column] }
        }
        // d(variance) = -2 k' A^-1 dk, and d(deviation) = d(variance) / (2 deviation).
        let factor = -spread / variance.squareRoot()
        for column in 0..<n { combined[column] = (combined[column] + factor * solved[column]) * slopes[column] }
        var gradient = [Double](repeating: 0, count: d)
        for row in 0..<n where combined[row] != 0 {
            for j in 0..<d { gradient[j] += combined[row] * (process.x.elements[row * d + j] - point[j]) }
        }
        for j in 0..<d {
            let lengthscale = kernel.lengthscales[kernel.groups[j]]
            gradient[j] /= lengthscale * lengthscale
        }
        return gradient
    }
}
