import Foundation

/// What is believed of the hyperparameters before any measurement: independent normal distributions of the parameters of
/// ``Hyperparameters/Layout``, within a box. It holds for features in [0, 1] and values of variance 1.
public struct HyperparameterPrior: Sendable, Hashable {
    /// Added to the mean of the logarithm of every lengthscale.
    ///
    /// Without it: the joint ones LogNormal(sqrt 2 + ln(d) / 2, sqrt 3), d the number of features, which keeps the model's complexity
    /// alike in all dimensions (Hvarfner, Hellsten, Nardi 2024, arXiv 2402.02229); the additive ones the same with d = 1.
    public var lengthscaleShift = -1.3
    /// The deviation of the logarithm of a lengthscale.
    public var lengthscaleDeviation = 3.0.squareRoot()
    /// The logit of the additive part's share: its mean.
    public var additivityMean = 0.0
    /// Its deviation.
    public var additivityDeviation = 1.5
    /// The logarithm of the noise variance: anything from none (a simulation) to most of the variance.
    public var noiseMean = -7.0
    /// Its deviation.
    public var noiseDeviation = 3.0
    /// The least noise variance.
    public var noiseFloor = 1e-6
    /// The exponent of a power transform: mean 1, this deviation.
    public var powerDeviation = 0.7
    /// The parameter of a logarithm: mean 1, this deviation. The further down, the sharper the bend at the least value.
    public var logarithmDeviation = 2.0

    /// The prior as it is described at each part.
    public init() {}

    /// The same boxes with hardly any sample in them.
    public var flat: HyperparameterPrior {
        var flat = self
        (flat.lengthscaleDeviation, flat.additivityDeviation, flat.noiseDeviation) = (30, 30, 30)
        (flat.powerDeviation, flat.logarithmDeviation) = (30, 30)
        return flat
    }

    /// One parameter's distribution and its box.
    struct Term: Sendable {
        var mean: Double
        var standardDeviation: Double
        var low: Double
        var high: Double

        /// Minus the logarithm of the density, up to a constant, and its derivative.
        func negativeLogDensity(_ value: Double) -> (value: Double, slope: Double) {
            let z = (value - mean) / standardDeviation
            return (0.5 * z * z, z / standardDeviation)
        }
    }

    /// The distribution of each parameter of a layout and a warp's shape.
    func terms(_ layout: Hyperparameters.Layout, _ warp: OutputTransform.Warp) -> [Term] {
        let lengthscale = Term(
            mean: 2.0.squareRoot() + lengthscaleShift, standardDeviation: lengthscaleDeviation,
            low: Foundation.log(0.01),
            high: Foundation.log(300))
        var terms = [Term](repeating: lengthscale, count: layout.count)
        for index in layout.lengthscales { terms[index].mean += Foundation.log(Double(layout.metrics.count)) / 2 }
        if let index = layout.additivity {
            terms[index] = Term(mean: additivityMean, standardDeviation: additivityDeviation, low: -6, high: 6)
        }
        terms[layout.variance] = Term(
            mean: 0, standardDeviation: 1, low: Foundation.log(0.02), high: Foundation.log(100))
        terms[layout.noise] = Term(
            mean: noiseMean, standardDeviation: noiseDeviation, low: Foundation.log(noiseFloor), high: 0)
        terms[layout.warp] =
            switch warp {
            case .identity: Term(mean: 1, standardDeviation: 1, low: 1, high: 1)
            case .power: Term(mean: 1, standardDeviation: powerDeviation, low: -2, high: 4)
            case .logarithm:
                Term(
                    mean: 1, standardDeviation: logarithmDeviation, low: Foundation.log(1e-3), high: Foundation.log(1e3)
                )
            }
        return terms
    }
}
