import Campaigns
import Foundation
import Surrogates
import Synchronization

/// What was learnt of the hyperparameters: a pure function of the data, the recipe and the seed.
struct ModelFit: Sendable {
    /// The most likely hyperparameters, and the warp.
    let mapEstimate: HyperparameterFit
    /// Samples of their posterior.
    let hyperparameterSamples: [Hyperparameters]
    /// What was not as it should be.
    let troubles: Set<Explanation.Trouble>

    /// The most evaluations of the likelihood for one search of its maximum.
    private static let evaluations = 40
    /// Hyperparameters are learnt from at most so many observations.
    private static let most = 160
    /// Where there is ``noisy`` noise a model that follows short waves follows the noise: longer length scales are expected then, by this much in the
    /// logarithm.
    private static let smoothness = 0.7
    /// From this noise variance on, as a part of the values' own, there is noise to be reckoned with.
    static let noisy = 0.01
    /// Up to so many observations the likelihood may have several maxima worth looking for.
    private static let ambiguous = 80

    /// The fit to `data`. The values are warped as the whole model finds most likely, the warp's Jacobian included (Snelson et al.
    /// 2004; HEBO, Cowen-Rivers et al. 2022, arXiv 2012.03826). Nil if no covariance can be factored.
    /// Cost: some 200 times n^3, n at most 160.
    init?(_ data: TrainingData, metrics: [Covariance.Metric], recipe: Recipe, seed: UInt64) {
        let part = data.subset(Self.most, seed: seed)
        var prior = recipe.prior
        if !recipe.has(.prior) { prior = prior.flat }
        let layout = Hyperparameters.Layout(metrics: metrics, additive: recipe.has(.additive))
        var problem = HyperparameterFit.Problem(part, layout, prior)
        var shapes: [OutputTransform.Warp] = []
        if part.count >= 4 {
            if recipe.has(.power) { shapes.append(.power(1)) }
            if recipe.has(.logarithm) { shapes.append(.logarithm(1)) }
        }
        if shapes.isEmpty { shapes = [.identity] }
        // Each shape from the usual start, and the likelier one from the others too.
        let firsts = shapes.compactMap { shape in
            HyperparameterFit(problem, warp: shape, starts: 0..<1, limit: Self.evaluations).map { (shape, $0) }
        }
        guard let (shape, first) = firsts.max(by: { $0.1.logPosterior < $1.1.logPosterior }) else { return nil }
        var best = first
        if recipe.has(.starts), part.count <= Self.ambiguous,
            let other = HyperparameterFit(
                problem, warp: shape, starts: 1..<HyperparameterFit.mostStarts, limit: Self.evaluations),
            other.logPosterior > best.logPosterior
        {
            best = other
        }
        if recipe.has(.smoothness), best.noise(of: part) > Self.noisy {
            prior.lengthscaleShift += Self.smoothness
            let smoother = HyperparameterFit.Problem(part, layout, prior)
            let starts = 0..<(recipe.has(.starts) ? HyperparameterFit.mostStarts : 1)
            if let fit = HyperparameterFit(smoother, warp: shape, starts: starts, limit: Self.evaluations) {
                (best, problem) = (fit, smoother)
            }
        }
        // Averaged over, a maximum need not be exact; one that is still far off is.
        if !best.hasConverged, let further = best.continued(problem, limit: Self.evaluations) { best = further }
        mapEstimate = best
        var troubles: Set<Explanation.Trouble> = best.hasConverged ? [] : [.fitNotConverged]
        var hyperparameterSamples = [best.hyperparameters]
        let samples = SearchBudget(data.count, pending: 0, recipe).samples
        if samples > 0 {
            var random = RandomNumbers(seed: seed, data.count)
            if let posterior = PosteriorSamples(of: best, problem) {
                hyperparameterSamples = posterior.draw(samples, random: &random)
            } else {
                troubles.insert(.posteriorNotSampled)
            }
        }
        self.hyperparameterSamples = hyperparameterSamples
        self.troubles = troubles
    }

    /// How many observations a fit at `count` observations learns from: all of them while there are few; then hyperparameters are
    /// learnt anew whenever there are a sixteenth more.
    static func fitted(at count: Int) -> Int {
        var fitted = min(count, 32)
        while fitted + fitted / 16 <= count, fitted / 16 > 0 { fitted += fitted / 16 }
        return fitted
    }
}

extension HyperparameterFit.Problem {
    fileprivate init(_ data: TrainingData, _ layout: Hyperparameters.Layout, _ prior: HyperparameterPrior) {
        self.init(
            x: data.x, values: data.values, deviations: data.deviations, isNoiseKnown: data.isNoiseKnown,
            layout: layout, prior: prior)
    }
}

extension HyperparameterFit {
    /// The mean noise variance of the values of `data`, in the model's scale.
    fileprivate func noise(of data: TrainingData) -> Double {
        OutputTransform(data.values, warp: warp)
            .meanNoise(data.values, data.deviations, beside: hyperparameters.noise)
    }
}

/// Fits that were made, so that the next recommendation need not make them again. What it holds changes no answer.
final class FitCache: Sendable {
    private struct Entry {
        let data: TrainingData
        let fit: ModelFit?
    }

    private static let capacity = 2
    private let entries = Mutex<[Entry]>([])

    /// The fit to `data`, from the cache or made by `make`.
    func fit(_ data: TrainingData, make: () -> ModelFit?) -> ModelFit? {
        if let entry = entries.withLock({ entries in entries.first { $0.data == data } }) { return entry.fit }
        let fit = make()
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeFirst() }
            entries.append(Entry(data: data, fit: fit))
        }
        return fit
    }
}
