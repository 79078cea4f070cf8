import Foundation

/// The log marginal likelihood of a Gaussian process with a constant mean, and its gradient (Rasmussen and Williams 2006,
/// equations 5.8 and 5.9), of measured values under a warp, its Jacobian included (Snelson et al. 2004).
///
/// The mean is the one that is most likely under the covariance (generalized least squares), so it needs no derivative of its own.
/// The parameters are those of ``Hyperparameters/Layout``.
public struct MarginalLikelihood {
    private let layout: Hyperparameters.Layout
    private let x: Matrix
    private let values: [Double]
    private let deviations: [Double]?
    private let warp: OutputTransform.Warp

    /// The likelihood of `values` (n), under a warp of the shape of `warp`, at the features `x` (n x d). `deviations` (n) are the
    /// standard deviations of the values' noise, where they are known.
    public init(
        x: Matrix, values: [Double], deviations: [Double]? = nil, layout: Hyperparameters.Layout,
        warp: OutputTransform.Warp
    ) {
        self.layout = layout
        self.x = x
        self.values = values
        self.deviations = deviations
        self.warp = warp
    }

    /// The value at `parameters`; nil where the covariance cannot be factored. Cost: n^3 / 3 + n^2 d.
    public func value(_ parameters: [Double]) -> Double? {
        let hyperparameters = layout.hyperparameters(parameters)
        let transform = OutputTransform(values, warp: warp.with(parameters[layout.warp]))
        let noise = transform.noise(values, deviations, beside: hyperparameters.noise)
        guard let factor = Cholesky(hyperparameters.covariance(x, noise: noise)) else { return nil }
        return residual(transform, factor).value
    }

    /// The value at `parameters`, with its gradient; nil where the covariance cannot be factored. Cost: n^3 + n^2 d.
    public func evaluate(_ parameters: [Double]) -> (value: Double, gradient: [Double])? {
        let hyperparameters = layout.hyperparameters(parameters)
        let covariance = hyperparameters.covariance
        let transform = OutputTransform(values, warp: warp.with(parameters[layout.warp]))
        let terms = CovarianceTerms(covariance, x)
        let noise = transform.noise(values, deviations, beside: hyperparameters.noise)
        guard let factor = Cholesky(terms.matrix(noise: noise)) else { return nil }
        let (value, alpha) = residual(transform, factor)
        let slopes = terms.slopes(weights: alpha, inverse: factor.inverse)
        let (variance, share) = (covariance.variance, covariance.additivity)
        let trace = slopes.diagonal.reduce(0, +)
        var gradient = [Double](repeating: 0, count: layout.count)
        for (j, index) in layout.lengthscales.enumerated() {
            gradient[index] = variance * (1 - share) * slopes.lengthscales[j]
        }
        for (j, index) in layout.additiveLengthscales.enumerated() {
            gradient[index] = variance * share / Double(x.columns) * slopes.additiveLengthscales[j]
        }
        if let index = layout.additivity {
            gradient[index] = variance * share * (1 - share) * (slopes.additive - slopes.joint)
        }
        gradient[layout.variance] = variance * ((1 - share) * slopes.joint + share * slopes.additive + 0.5 * trace)
        gradient[layout.noise] = 0.5 * hyperparameters.noise * trace
        gradient[layout.warp] = warpSlope(parameters[layout.warp], alpha, slopes.diagonal)
        return (value, gradient)
    }

    /// The value under a factored covariance, and A^-1 (y - mean).
    private func residual(_ transform: OutputTransform, _ factor: Cholesky) -> (value: Double, alpha: [Double]) {
        let y = values.map(transform.forward)
        let mean = constantMean(y, factor)
        let residual = y.map { $0 - mean }
        let alpha = factor.solve(residual)
        let normal = dot(residual, alpha) + factor.logDeterminant + Double(y.count) * Foundation.log(2 * .pi)
        return (-0.5 * normal + transform.logJacobian(values), alpha)
    }

    /// The derivative by the warp's parameter, by central differences of the transform; the factor is not touched. Cost: n.
    private func warpSlope(_ parameter: Double, _ alpha: [Double], _ diagonal: [Double]) -> Double {
        if case .identity = warp { return 0 }
        let h = 1e-4
        let up = OutputTransform(values, warp: warp.with(parameter + h))
        let down = OutputTransform(values, warp: warp.with(parameter - h))
        var slope = up.logJacobian(values) - down.logJacobian(values)
        for (value, weight) in zip(values, alpha) { slope -= weight * (up.forward(value) - down.forward(value)) }
        if deviations != nil {
            let noises = zip(up.noise(values, deviations, beside: 0), down.noise(values, deviations, beside: 0))
            for (noise, weight) in zip(noises, diagonal) { slope += 0.5 * weight * (noise.0 - noise.1) }
        }
        return slope / (2 * h)
    }
}

extension OutputTransform {
    /// The noise variance of each of `values` in the model's scale: where its deviation is known, by the transform's slope there
    /// (the delta method), and `common` beside.
    public func noise(_ values: [Double], _ deviations: [Double]?, beside common: Double) -> [Double] {
        guard let deviations else { return [Double](repeating: common, count: values.count) }
        return zip(values, deviations).map { value, standardDeviation in
            let scaled = standardDeviation * slope(value)
            return common + scaled * scaled
        }
    }
}

extension OutputTransform {
    /// The mean of their ``noise(_:_:beside:)``: what a further value may be expected to have.
    public func meanNoise(_ values: [Double], _ deviations: [Double]?, beside common: Double) -> Double {
        noise(values, deviations, beside: common).reduce(0, +) / Double(max(1, values.count))
    }
}

/// The most likely constant mean of `y` under a covariance.
func constantMean(_ y: [Double], _ factor: Cholesky) -> Double {
    let ones = factor.solve([Double](repeating: 1, count: y.count))
    let weight = ones.reduce(0, +)
    return weight > 0 ? dot(ones, y) / weight : 0
}
