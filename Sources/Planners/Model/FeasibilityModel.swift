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
    /// Where a smaller part came to an end, it is not by luck that measurements fail: a few good ones among many failures look like luck themselves.
    private static let leastShareByLuck = 0.5
    private let classifier: ProbitClassifier
    /// The part of its places that came to an end.
    let share: Double
    /// Whether enough came to an end for its probabilities to be taken at their word.
    let isKnown: Bool

    /// The model of where measurements came to an end and where they failed; nil where either is nowhere, or no covariance can be factored.
    init?(
        measured: [[Double]], failed: [[Double]], metrics: [Covariance.Metric], knowsLuck: Bool
    ) {
        guard !measured.isEmpty, !failed.isEmpty else { return nil }
        let (ended, broken) = (measured.suffix(Self.most), failed.suffix(Self.most))
        let labels = ended.map { _ in true } + broken.map { _ in false }
        share = Double(ended.count) / Double(labels.count)
        let prior: ProbitClassifier.Prior = knowsLuck && share < Self.leastShareByLuck ? .sharp : .usual
        guard
            let classifier = ProbitClassifier(
                fitting: labels, x: Matrix(rows: Array(ended + broken)), metrics: metrics, prior: prior)
        else { return nil }
        self.classifier = classifier
        isKnown = ended.count >= max(5, 2 * metrics.count)
    }

    /// The logarithms of the probabilities that measurements at the rows of `features` (m x d) come to an end.
    func logProbabilities(_ features: Matrix) -> [Double] { classifier.logProbabilities(features) }

    /// The logarithm of the probability at one point, and its gradient by the features.
    func logProbability(at features: [Double]) -> (value: Double, gradient: [Double]) {
        classifier.logProbability(at: features)
    }
}

extension ProbitClassifier.Prior {
    /// Borders may be anything, and failures luck.
    static let usual = ProbitClassifier.Prior(lengthscale: 0.6, deviation: 4)
    /// Borders are sharp, and may be near.
    static let sharp = ProbitClassifier.Prior(lengthscale: 0.3, deviation: 8)
}

/// The last model, so that the next recommendation need not make it again. What it holds changes no answer.
final class FeasibilityCache: Sendable {
    private struct Entry {
        let measured: [[Double]]
        let failed: [[Double]]
        let model: FeasibilityModel?
    }

    private let last = Mutex<Entry?>(nil)

    func model(
        measured: [[Double]], failed: [[Double]], metrics: [Covariance.Metric], knowsLuck: Bool
    ) -> FeasibilityModel? {
        let known = last.withLock { $0 }
        if let known, known.measured == measured, known.failed == failed { return known.model }
        let model = FeasibilityModel(measured: measured, failed: failed, metrics: metrics, knowsLuck: knowsLuck)
        last.withLock { $0 = Entry(measured: measured, failed: failed, model: model) }
        return model
    }
}
