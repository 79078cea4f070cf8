import Foundation

/// A monotone map of measured values to the scale of the model: standardized, then a power transform by Yeo and Johnson
/// (2000), then standardized again. lambda = 1 leaves the shape as it is.
public struct OutputTransform: Sendable, Hashable {
    /// The exponent.
    public let lambda: Double
    private let center: Double
    private let spread: Double
    private let innerMean: Double
    private let innerSpread: Double

    /// The transform with exponent `lambda` that standardizes `values`.
    public init(_ values: [Double], lambda: Double) {
        self.lambda = lambda
        (center, spread) = Self.moments(values)
        let (center, spread) = (center, spread)
        (innerMean, innerSpread) = Self.moments(values.map { Self.power(($0 - center) / spread, lambda) })
    }

    /// To the model's scale.
    public func forward(_ value: Double) -> Double {
        (Self.power((value - center) / spread, lambda) - innerMean) / innerSpread
    }

    /// Back to the measured scale.
    public func backward(_ value: Double) -> Double {
        center + spread * Self.inverse(value * innerSpread + innerMean, lambda)
    }

    /// The derivative of ``forward(_:)`` in logarithm, summed over `values`: the Jacobian of a likelihood.
    public func logJacobian(_ values: [Double]) -> Double {
        values.reduce(0) { sum, value in
            let z = (value - center) / spread
            let power = z >= 0 ? (lambda - 1) * log1p(z) : (1 - lambda) * log1p(-z)
            return sum + power - Foundation.log(spread * innerSpread)
        }
    }

    /// The exponent under which `values` are likeliest to be normal, between -3 and 5: by golden sections.
    public static func likeliestLambda(_ values: [Double]) -> Double {
        let (center, spread) = moments(values)
        let standard = values.map { ($0 - center) / spread }
        func loss(_ lambda: Double) -> Double {
            let (_, deviation) = moments(standard.map { power($0, lambda) })
            let jacobian = standard.reduce(0) { $0 + (lambda - 1) * ($1 >= 0 ? log1p($1) : -log1p(-$1)) }
            let value = Double(values.count) * Foundation.log(deviation) - jacobian
            return value.isFinite ? value : .infinity
        }
        let ratio = (5.0.squareRoot() - 1) / 2
        var (low, high) = (-3.0, 5.0)
        var (one, two) = (high - ratio * (high - low), low + ratio * (high - low))
        var (lossOne, lossTwo) = (loss(one), loss(two))
        for _ in 0..<40 {
            if lossOne < lossTwo {
                (high, two, lossTwo) = (two, one, lossOne)
                one = high - ratio * (high - low)
                lossOne = loss(one)
            } else {
                (low, one, lossOne) = (one, two, lossTwo)
                two = low + ratio * (high - low)
                lossTwo = loss(two)
            }
        }
        return (low + high) / 2
    }

    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        // Scaled first: the squares of 1e300 are still to be finite.
        let largest = values.map(\.magnitude).max() ?? 0
        guard largest > 0, largest.isFinite else { return (0, 1) }
        let scaled = values.map { $0 / largest }
        let mean = scaled.reduce(0, +) / Double(scaled.count)
        let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, scaled.count - 1))
        let deviation = variance.squareRoot()
        return (mean * largest, deviation > 1e-14 ? deviation * largest : max(largest, .leastNormalMagnitude))
    }

    private static func power(_ z: Double, _ lambda: Double) -> Double {
        if z >= 0 { return abs(lambda) < 1e-9 ? log1p(z) : expm1(lambda * log1p(z)) / lambda }
        let other = 2 - lambda
        return abs(other) < 1e-9 ? -log1p(-z) : -expm1(other * log1p(-z)) / other
    }

    private static func inverse(_ t: Double, _ lambda: Double) -> Double {
        // Where the transform has a ceiling, values beyond it come back from just below.
        if t >= 0 { return abs(lambda) < 1e-9 ? expm1(t) : expm1(log1p(max(lambda * t, -1 + 1e-12)) / lambda) }
        let other = 2 - lambda
        return abs(other) < 1e-9 ? -expm1(-t) : -expm1(log1p(max(-other * t, -1 + 1e-12)) / other)
    }
}
