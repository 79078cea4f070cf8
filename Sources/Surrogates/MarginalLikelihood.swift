import Foundation

/// The log marginal likelihood of a Gaussian process with a constant mean, and its gradient (Rasmussen and Williams 2006,
/// equations 5.8 and 5.9).
///
/// The mean is the one that is likeliest under the covariance (generalized least squares), so it needs no derivative of its
/// own. Parameters, all as natural logarithms: the lengthscales, the variance, the noise variance.
public struct MarginalLikelihood {
    private let x: Matrix
    private let y: [Double]
    private let groups: [Int]
    private let groupCount: Int

    /// The likelihood of the values `y` (n) at the features `x` (n x d), whose lengthscales are shared within `groups`.
    public init(x: Matrix, y: [Double], groups: [Int]) {
        self.x = x
        self.y = y
        self.groups = groups
        groupCount = (groups.max() ?? -1) + 1
    }

    /// The value at `parameters` (groups + 2), with its gradient; nil where the covariance cannot be factored.
    /// Cost: n^3 + n^2 d.
    public func evaluate(_ parameters: [Double]) -> (value: Double, gradient: [Double])? {
        let hyperparameters = Hyperparameters(logarithms: parameters, groups: groups)
        let kernel = hyperparameters.kernel
        let noise = hyperparameters.noise
        guard let factor = Cholesky(kernel.covariance(x, noise: noise)) else { return nil }
        let n = y.count
        let mean = constantMean(y, factor)
        let residual = y.map { $0 - mean }
        let alpha = factor.solve(residual)
        let value = -0.5 * (dot(residual, alpha) + factor.logDeterminant + Double(n) * Foundation.log(2 * .pi))
        let inverse = factor.inverse
        let scaled = kernel.scaled(x)
        let d = x.columns
        var gradient = [Double](repeating: 0, count: groupCount + 2)
        for row in 0..<n {
            for column in 0..<row {
                // Twice one half: the matrix is symmetric.
                let weight = alpha[row] * alpha[column] - inverse.elements[row * n + column]
                var squared = 0.0
                for j in 0..<d {
                    let difference = scaled.elements[row * d + j] - scaled.elements[column * d + j]
                    squared += difference * difference
                }
                let slope = weight * kernel.slope(squared)
                for j in 0..<d {
                    let difference = scaled.elements[row * d + j] - scaled.elements[column * d + j]
                    gradient[groups[j]] += slope * difference * difference
                }
                gradient[groupCount] += weight * kernel.value(squared)
            }
            let weight = alpha[row] * alpha[row] - inverse.elements[row * n + row]
            gradient[groupCount] += 0.5 * weight * kernel.variance
            gradient[groupCount + 1] += 0.5 * weight * noise
        }
        return (value, gradient)
    }
}

/// The likeliest constant mean of `y` under a covariance.
func constantMean(_ y: [Double], _ factor: Cholesky) -> Double {
    let ones = factor.solve([Double](repeating: 1, count: y.count))
    let weight = ones.reduce(0, +)
    return weight > 0 ? dot(ones, y) / weight : 0
}

/// The hyperparameters of a Gaussian process.
public struct Hyperparameters: Sendable, Hashable {
    /// The covariance without noise.
    public let kernel: Matern
    /// The variance of the observations' noise.
    public let noise: Double

    /// Hyperparameters from their natural logarithms: lengthscales, variance, noise variance.
    public init(logarithms: [Double], groups: [Int]) {
        let count = logarithms.count - 2
        kernel = Matern(
            groups: groups, lengthscales: logarithms[..<count].map { exp($0) }, variance: exp(logarithms[count]))
        noise = exp(logarithms[count + 1])
    }
}
