import Foundation

/// A monotone map of measured values to the scale of the model: warped, then standardized. Smaller values stay smaller.
public struct OutputTransform: Sendable, Hashable {
    /// The shape of the warp.
    public let warp: Warp
    private let center: Double
    private let spread: Double
    private let innerMean: Double
    private let innerSpread: Double

    /// The shapes, each with one parameter that the model learns (warped Gaussian processes: Snelson, Rasmussen, Ghahramani 2004).
    public enum Warp: Sendable, Hashable {
        /// None: the values are standardized only.
        case identity
        /// The power transform of Yeo and Johnson (2000) of the standardized values; exponent 1 leaves the shape as it is.
        case power(Double)
        /// log(c + z), z the distance above the least value in units of the median's distance, c = exp(parameter): spreads the values
        /// near the least one, as objectives that span decades want it. A large parameter leaves the shape as it is.
        case logarithm(Double)

        /// The parameter.
        public var parameter: Double {
            switch self {
            case .identity: 1
            case .power(let exponent): exponent
            case .logarithm(let offset): offset
            }
        }

        /// The same shape with another parameter.
        func with(_ parameter: Double) -> Warp {
            switch self {
            case .identity: .identity
            case .power: .power(parameter)
            case .logarithm: .logarithm(parameter)
            }
        }
    }

    /// The transform of shape `warp` that standardizes `values`.
    public init(_ values: [Double], warp: Warp) {
        self.warp = warp
        switch warp {
        case .identity, .power: (center, spread) = moments(values)
        case .logarithm:
            let sorted = values.sorted()
            let least = sorted.first ?? 0
            let distance = (sorted.isEmpty ? 0 : sorted[sorted.count / 2]) - least
            (center, spread) = (least, distance > 0 && distance.isFinite ? distance : moments(values).standardDeviation)
        }
        let (center, spread) = (center, spread)
        (innerMean, innerSpread) = moments(values.map { Self.warped(($0 - center) / spread, warp) })
    }

    /// To the model's scale.
    public func forward(_ value: Double) -> Double {
        (Self.warped((value - center) / spread, warp) - innerMean) / innerSpread
    }

    /// Back to the measured scale.
    public func backward(_ value: Double) -> Double {
        center + spread * Self.unwarped(value * innerSpread + innerMean, warp)
    }

    /// The derivative of ``forward(_:)`` in logarithm, summed over `values`: the Jacobian of a likelihood.
    public func logJacobian(_ values: [Double]) -> Double {
        values.reduce(-Double(values.count) * (Foundation.log(spread) + Foundation.log(innerSpread))) { sum, value in
            let z = (value - center) / spread
            return switch warp {
            case .identity: sum
            case .power(let lambda): sum + (z >= 0 ? (lambda - 1) * log1p(z) : (1 - lambda) * log1p(-z))
            case .logarithm(let offset): sum - log1p(max(0, z) * exp(-offset))
            }
        }
    }

    /// The derivative of ``forward(_:)``.
    public func slope(_ value: Double) -> Double { exp(logJacobian([value])) }

    static func warped(_ z: Double, _ warp: Warp) -> Double {
        switch warp {
        case .identity: return z
        case .power(let lambda):
            if z >= 0 { return abs(lambda) < 1e-9 ? log1p(z) : expm1(lambda * log1p(z)) / lambda }
            let other = 2 - lambda
            return abs(other) < 1e-9 ? -log1p(-z) : -expm1(other * log1p(-z)) / other
        case .logarithm(let offset): return log1p(max(0, z) * exp(-offset)) * exp(offset)
        }
    }

    private static func unwarped(_ t: Double, _ warp: Warp) -> Double {
        switch warp {
        case .identity: return t
        case .power(let lambda):
            // Where the transform has a ceiling, values beyond it come back from just below.
            if t >= 0 { return abs(lambda) < 1e-9 ? expm1(t) : expm1(log1p(max(lambda * t, -1 + 1e-12)) / lambda) }
            let other = 2 - lambda
            return abs(other) < 1e-9 ? -expm1(-t) : -expm1(log1p(max(-other * t, -1 + 1e-12)) / other)
        case .logarithm(let offset): return expm1(min(700, t * exp(-offset))) * exp(offset)
        }
    }
}

/// Mean and standard deviation; a deviation that is none is taken as the largest magnitude, so that one can divide by it.
func moments(_ values: [Double]) -> (mean: Double, standardDeviation: Double) {
    // Scaled first: the squares of 1e300 are still to be finite.
    let largest = values.map(\.magnitude).max() ?? 0
    guard largest > 0, largest.isFinite else { return (0, 1) }
    let scaled = values.map { $0 / largest }
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, scaled.count - 1))
    let standardDeviation = variance.squareRoot()
    return (
        mean * largest, standardDeviation > 1e-14 ? standardDeviation * largest : max(largest, .leastNormalMagnitude)
    )
}
