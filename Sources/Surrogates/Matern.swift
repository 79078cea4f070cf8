import Foundation

/// The Matern 5/2 covariance with one lengthscale a group of features (Rasmussen and Williams 2006, section 4.2.1):
/// k(r) = s^2 (1 + a + a^2 / 3) exp(-a), a = sqrt(5) r, r^2 = sum over groups of |x_g - x'_g|^2 / l_g^2.
public struct Matern: Sendable, Hashable {
    /// For each feature, which lengthscale it has.
    public let groups: [Int]
    /// The lengthscales, one a group.
    public let lengthscales: [Double]
    /// The variance s^2.
    public let variance: Double
    private let inverse: [Double]

    /// A covariance of the given lengthscales (one a group) and variance.
    public init(groups: [Int], lengthscales: [Double], variance: Double) {
        self.groups = groups
        self.lengthscales = lengthscales
        self.variance = variance
        inverse = groups.map { 1 / lengthscales[$0] }
    }

    /// Features divided by their lengthscales.
    func scaled(_ x: Matrix) -> Matrix {
        var scaled = x
        for row in 0..<x.rows { for column in 0..<x.columns { scaled[row, column] *= inverse[column] } }
        return scaled
    }

    /// k as a function of r^2.
    @inline(__always)
    func value(_ squared: Double) -> Double {
        let a = (5 * squared).squareRoot()
        return variance * (1 + a + a * a / 3) * exp(-a)
    }

    /// -2 dk / d(r^2) = s^2 5/3 (1 + a) exp(-a): the factor in every derivative.
    @inline(__always)
    func slope(_ squared: Double) -> Double {
        let a = (5 * squared).squareRoot()
        return variance * (5.0 / 3) * (1 + a) * exp(-a)
    }

    /// The covariances between rows of `x` (n x d) and rows of `y` (m x d): n x m. Cost: n m d.
    public func covariance(_ x: Matrix, _ y: Matrix) -> Matrix {
        let (a, b) = (scaled(x), scaled(y))
        var k = Matrix(rows: x.rows, columns: y.rows)
        let d = x.columns
        for row in 0..<x.rows {
            for column in 0..<y.rows {
                var squared = 0.0
                for j in 0..<d {
                    let difference = a.elements[row * d + j] - b.elements[column * d + j]
                    squared += difference * difference
                }
                k.elements[row * y.rows + column] = value(squared)
            }
        }
        return k
    }

    /// The covariances of rows of `x` with one another, `noise` added to the diagonal. Cost: n^2 d / 2.
    public func covariance(_ x: Matrix, noise: Double) -> Matrix {
        let a = scaled(x)
        let (n, d) = (x.rows, x.columns)
        var k = Matrix(rows: n, columns: n)
        for row in 0..<n {
            for column in 0..<row {
                var squared = 0.0
                for j in 0..<d {
                    let difference = a.elements[row * d + j] - a.elements[column * d + j]
                    squared += difference * difference
                }
                let value = value(squared)
                k.elements[row * n + column] = value
                k.elements[column * n + row] = value
            }
            k.elements[row * n + row] = variance + noise
        }
        return k
    }
}
