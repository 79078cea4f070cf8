import Campaigns
import Foundation
import Surrogates
import Synchronization

/// Where measurements fail: a classifier of the places where they came to an end and where they failed.
///
/// What fails by bad luck has no place: the most likely classifier is flat then, and changes nothing.
struct FeasibilityModel: Sendable {
    /// It knows at most so many places: the latest ones of each kind.
    private static let most = 120
    /// Below this probability of an end a point is hardly proposed (FCA in Anubis, Hickman et al. 2024): between a place that failed and one that
    /// did not, a part of the way is allowed, so that a border is closed in on. As long as hardly anything came to an end, the share that did.
    private static let threshold = 0.65
    /// How steeply the weight falls below it, in logarithms: whatever is likely enough comes first, however little it promises.
    private static let penalty = 1000.0
    private let classifier: ProbitClassifier
    private let logThreshold: Double

    /// The model of where measurements came to an end and where they failed; nil where either is nowhere, or no covariance can be factored.
    init?(measured: [[Double]], failed: [[Double]], metrics: [Covariance.Metric]) {
        guard !measured.isEmpty, !failed.isEmpty else { return nil }
        let (ended, broken) = (measured.suffix(Self.most), failed.suffix(Self.most))
        let labels = ended.map { _ in true } + broken.map { _ in false }
        guard
            let classifier = ProbitClassifier(
                fitting: labels, x: Matrix(rows: Array(ended + broken)), metrics: metrics)
        else { return nil }
        self.classifier = classifier
        let share = Double(ended.count) / Double(labels.count)
        let isKnown = ended.count >= max(5, 2 * metrics.count)
        logThreshold = log(isKnown ? Self.threshold : min(Self.threshold, share))
    }

    /// What a probability brings to the logarithm of the acquisition: its own logarithm, and much less below the threshold.
    private func weight(_ logProbability: Double) -> (value: Double, slope: Double) {
        let short = logProbability - logThreshold
        return short < 0
            ? (logProbability + Self.penalty * short, 1 + Self.penalty) : (logProbability, 1)
    }

    /// The weights at the rows of `features` (m x d).
    func logWeights(_ features: Matrix) -> [Double] { classifier.logProbabilities(features).map { weight($0).value } }

    /// The weight at one point, and its gradient by the features.
    func logWeight(at features: [Double]) -> (value: Double, gradient: [Double]) {
        let (logProbability, gradient) = classifier.logProbability(at: features)
        let (value, slope) = weight(logProbability)
        return (value, gradient.map { slope * $0 })
    }
}

/// The last model, so that the next recommendation need not make it again. What it holds changes no answer.
final class FeasibilityCache: Sendable {
    private struct Entry {
        let measured: [[Double]]
        let failed: [[Double]]
        let model: FeasibilityModel?
    }

    private let last = Mutex<Entry?>(nil)

    func model(measured: [[Double]], failed: [[Double]], metrics: [Covariance.Metric]) -> FeasibilityModel? {
        let known = last.withLock { $0 }
        if let known, known.measured == measured, known.failed == failed { return known.model }
        let model = FeasibilityModel(measured: measured, failed: failed, metrics: metrics)
        last.withLock { $0 = Entry(measured: measured, failed: failed, model: model) }
        return model
    }
}
