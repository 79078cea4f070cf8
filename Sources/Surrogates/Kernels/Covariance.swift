import Foundation

/// The covariance of the model: a joint Matern 5/2 over all features plus an additive one, a Matern 5/2 of each feature alone
/// (Duvenaud, Nickisch, Rasmussen 2011, arXiv 1112.4394, of order one):
///
///     k(x, x') = s^2 [ (1 - a) m(r) + a / d sum over features j of m(r_j / q_j) ],   r^2 = sum over j of r_j^2 / l_j^2
///
/// with m(r) = (1 + t + t^2 / 3) exp(-t), t = sqrt(5) r (Rasmussen and Williams 2006, section 4.2.1), and r_j the distance in feature
/// j. What one parameter does whatever the others are is learnt from every measurement by the additive part; how they act together,
/// by the joint one.
public struct Covariance: Sendable, Hashable {
    /// How the distance in a feature is measured.
    public enum Metric: Sendable, Hashable {
        /// By the difference of two numbers.
        case numeric
        /// 0 between equal codes, 1 between different ones: options that are alike or not, and nothing between.
        case nominal
    }

    /// One a feature.
    public let metrics: [Metric]
    /// The lengthscales l of the joint part, one a feature.
    public let lengthscales: [Double]
    /// The lengthscales q of the additive part, one a feature.
    public let additiveLengthscales: [Double]
    /// The additive part's share a, 0 to 1.
    public let additivity: Double
    /// The variance s^2.
    public let variance: Double

    /// A covariance of the given parts; without additive lengthscales it is the joint one alone.
    public init(
        metrics: [Metric], lengthscales: [Double], variance: Double, additiveLengthscales: [Double]? = nil,
        additivity: Double = 0
    ) {
        self.metrics = metrics
        self.lengthscales = lengthscales
        self.variance = variance
        self.additiveLengthscales = additiveLengthscales ?? lengthscales
        self.additivity = additiveLengthscales == nil ? 0 : additivity
    }

    /// The covariances between rows of `x` (n x d) and rows of `y` (m x d): n x m. Cost: n m d.
    public func callAsFunction(_ x: Matrix, _ y: Matrix) -> Matrix {
        let right = CovariancePoints(self, y)
        var k = Matrix(rows: x.rows, columns: y.rows)
        for row in 0..<x.rows {
            let point = CovariancePoint(self, x.row(row))
            for block in 0..<right.blocks {
                k.elements.write(
                    right.covariances(point, block), at: row * y.rows + block * Lanes.scalarCount,
                    before: (row + 1) * y.rows)
            }
        }
        return k
    }

    /// The covariances of rows of `x` (n x d) with one another, `noise` (n) added to the diagonal. Cost: n^2 d / 2.
    public func callAsFunction(_ x: Matrix, noise: [Double]) -> Matrix {
        let right = CovariancePoints(self, x)
        let n = x.rows
        var k = Matrix(rows: n, columns: n)
        for row in 0..<n {
            let point = right.point(row)
            for block in 0...row / Lanes.scalarCount {
                k.elements.write(
                    right.covariances(point, block), at: row * n + block * Lanes.scalarCount, before: row * n + row)
            }
            for column in 0..<row { k.elements[column * n + row] = k.elements[row * n + column] }
            k.elements[row * n + row] = variance + noise[row]
        }
        return k
    }
}

/// The Matern 5/2 correlation as a function of t = sqrt(5) r.
enum Matern {
    /// m = (1 + t + t^2 / 3) exp(-t).
    static func value(_ t: Double) -> Double { (1 + t + t * t / 3) * exp(-t) }

    /// -(dm / dt) / t = (1 + t) exp(-t) / 3: the factor in every derivative.
    static func slope(_ t: Double) -> Double { (1 + t) * exp(-t) / 3 }

    @inline(__always)
    static func value(_ t: Lanes) -> Lanes { (1 + t + t * t * (1.0 / 3)) * Lanes.decay(t) }

    @inline(__always)
    static func slope(_ t: Lanes) -> Lanes { (1 + t) * (1.0 / 3) * Lanes.decay(t) }
}
