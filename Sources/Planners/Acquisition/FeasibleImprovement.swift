import Campaigns
import Foundation
import Surrogates

/// The expected improvement and the probability that the measurement comes to an end, in logarithms, combined by a strategy of ``FailureSettings``.
struct FeasibleImprovement: AcquisitionFunction {
    let improvement: LogExpectedImprovement
    /// Where measurements fail, and what is made of it; nil where none did.
    let failures: Failures?

    /// A model of failures and a strategy.
    struct Failures: Sendable {
        let model: FeasibilityModel
        let strategy: FailureSettings.Strategy
        /// Below this probability a point is hardly proposed, in logarithms. The default lies between a place that failed and one that did not, a
        /// part of the way to the latter, so that a border is closed in on. As long as hardly anything came to an end, the share that did.
        let logThreshold: Double
        /// The largest expected improvement that was seen, in logarithms: the scale of an interpolation.
        let logLargest: Double
        /// How steeply the acquisition falls below the threshold, in logarithms: whatever is likely enough comes first, however little it promises.
        static let penalty = 1000.0
        /// While a smaller part of measurements failed than this, more is risked: the threshold of ``FailureSettings/Strategy/combined`` falls with it.
        private static let risk = 0.3

        init(_ model: FeasibilityModel, _ settings: FailureSettings?, risks: Bool, logLargest: Double) {
            self.model = model
            strategy = settings?.strategy ?? .combined
            let usual = strategy == .combined ? 0.65 : 0.5
            var threshold = settings?.threshold ?? usual
            if risks, strategy == .combined { threshold *= min(1, (1 - model.share) / Self.risk) }
            logThreshold = log(model.isKnown ? threshold : min(threshold, model.share))
            self.logLargest = logLargest
        }

        /// The acquisition of an improvement and a probability, both in logarithms, and its derivatives by them.
        func combined(_ improvement: Double, _ probability: Double) -> (
            value: Double, byImprovement: Double, byProbability: Double
        ) {
            let short = strategy == .combined || strategy == .constrained ? min(0, probability - logThreshold) : 0
            let penalty = short < 0 ? Self.penalty : 0
            switch strategy {
            case .naive: return (improvement, 1, 0)
            case .constrained: return (improvement + penalty * short, 1, penalty)
            case .combined, .weighted: return (improvement + (probability + penalty * short), 1, 1 + penalty)
            case .interpolated:
                let failed = 1 - model.share
                let (one, other) = ((1 - failed) * exp(improvement - logLargest), failed * exp(probability))
                let sum = one + other
                return sum > 0 ? (log(sum), one / sum, other / sum) : (improvement, 1, 0)
            }
        }
    }

    func values(_ features: Matrix) -> [Double] {
        let values = improvement.values(features)
        guard let failures, features.rows > 0 else { return values }
        return zip(values, failures.model.logProbabilities(features)).map { failures.combined($0, $1).value }
    }

    func value(at features: [Double]) -> (value: Double, gradient: [Double]) {
        let (value, gradient) = improvement.value(at: features)
        guard let failures else { return (value, gradient) }
        let (probability, slope) = failures.model.logProbability(at: features)
        let both = failures.combined(value, probability)
        return (both.value, zip(gradient, slope).map { both.byImprovement * $0 + both.byProbability * $1 })
    }

    func screening(by count: Int) -> FeasibleImprovement? {
        improvement.screening(by: count).map { FeasibleImprovement(improvement: $0, failures: failures) }
    }
}
