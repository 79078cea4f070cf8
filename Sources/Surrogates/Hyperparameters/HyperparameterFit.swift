import Foundation

/// The maximum a posteriori fit of a warped Gaussian process.
public struct HyperparameterFit: Sendable {
    /// The parameters at the maximum, in the order of ``Hyperparameters/Layout``.
    public let parameters: [Double]
    /// The shape of the outputs' warp, with its parameter at the maximum.
    public let warp: OutputTransform.Warp
    /// The hyperparameters at the maximum.
    public let hyperparameters: Hyperparameters
    /// The log posterior density, up to a constant that all fits of one layout share.
    public let logPosterior: Double
    /// How often the likelihood was evaluated.
    public let evaluations: Int
    /// Whether the search stopped because it had found a maximum, and not because its evaluations were used up.
    public let hasConverged: Bool

    /// What a fit is made from: measured values at features, and what is believed beforehand.
    public struct Problem: Sendable {
        let x: Matrix
        let values: [Double]
        let deviations: [Double]?
        let isNoiseKnown: Bool
        let layout: Hyperparameters.Layout
        let prior: HyperparameterPrior

        /// The fit of `values` (n) at the features `x` (n x d) in the unit cube; `deviations` (n) are the standard deviations of
        /// the values' noise, where they are known, in the values' own unit. Unless these are all the noise, a noise that all values have beside
        /// is estimated.
        public init(
            x: Matrix, values: [Double], deviations: [Double]? = nil, isNoiseKnown: Bool = true,
            layout: Hyperparameters.Layout, prior: HyperparameterPrior = HyperparameterPrior()
        ) {
            self.isNoiseKnown = isNoiseKnown
            self.x = x
            self.values = values
            self.deviations = deviations
            self.layout = layout
            self.prior = prior
        }

        func likelihood(_ warp: OutputTransform.Warp) -> MarginalLikelihood {
            MarginalLikelihood(x: x, values: values, deviations: deviations, layout: layout, warp: warp)
        }

        func terms(_ warp: OutputTransform.Warp) -> [HyperparameterPrior.Term] {
            var terms = prior.terms(layout, warp)
            // Known noise is not to be estimated once more.
            if deviations != nil, isNoiseKnown { terms[layout.noise].high = terms[layout.noise].low }
            return terms
        }
    }

    /// Where a search begins: lengthscale (the joint ones times the square root of the dimension) and noise variance. The first is the usual case, the others are modes
    /// that it misses: a trend in noise, and a function that varies fast.
    private static let starts = [(lengthscale: 0.4, noise: 1e-4), (1.5, 1e-2), (0.15, 1e-3)]
    /// How many searches there are to choose from.
    public static let mostStarts = starts.count

    /// The best of the fits by L-BFGS from the given starts, each of at most `limit` evaluations; nil if none leads to a
    /// covariance that can be factored. Cost: `limit` n^3 a start.
    public init?(_ problem: Problem, warp: OutputTransform.Warp, starts: Range<Int>, limit: Int) {
        let (layout, terms) = (problem.layout, problem.terms(warp))
        let points = Self.starts[starts].map { lengthscale, noise in
            var start = terms.map(\.mean)
            for index in layout.lengthscales {
                start[index] = Foundation.log(lengthscale * Double(layout.metrics.count).squareRoot())
            }
            for index in layout.additiveLengthscales { start[index] = Foundation.log(lengthscale) }
            start[layout.noise] = Foundation.log(noise)
            return start
        }
        self.init(problem, warp: warp, from: points, limit: limit)
    }

    /// The search that led to this fit, gone on with for at most `limit` evaluations more; nil if it leads nowhere.
    public func continued(_ problem: Problem, limit: Int) -> HyperparameterFit? {
        HyperparameterFit(problem, warp: warp, from: [parameters], limit: limit)
    }

    private init?(_ problem: Problem, warp: OutputTransform.Warp, from points: [[Double]], limit: Int) {
        let (layout, terms) = (problem.layout, problem.terms(warp))
        let likelihood = problem.likelihood(warp)
        var best: Minimizer.Outcome?
        var evaluations = 0
        for start in points {
            let outcome = Minimizer.minimize(
                from: start, low: terms.map(\.low), high: terms.map(\.high), limit: limit, tolerance: 1e-5
            ) { parameters, gradient in
                guard let (value, slope) = likelihood.evaluate(parameters) else { return .infinity }
                var sum = -value
                for (index, term) in terms.enumerated() {
                    let negativeLogDensity = term.negativeLogDensity(parameters[index])
                    sum += negativeLogDensity.value
                    gradient[index] = negativeLogDensity.slope - slope[index]
                }
                return sum
            }
            evaluations += outcome.evaluations
            if outcome.value < best?.value ?? .infinity { best = outcome }
        }
        guard let best, best.value.isFinite else { return nil }
        parameters = best.point
        self.warp = warp.with(best.point[layout.warp])
        hyperparameters = layout.hyperparameters(best.point)
        logPosterior = -best.value
        self.evaluations = evaluations
        hasConverged = best.hasConverged
    }
}
