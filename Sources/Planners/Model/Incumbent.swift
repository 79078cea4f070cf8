import Surrogates

/// The observation with the best predicted mean: with noise, the best measured value is the luckiest one.
struct Incumbent {
    /// Which observation of the model.
    let index: Int
    /// Its predicted mean and standard deviation, in the model's scale.
    let mean: Double
    let standardDeviation: Double
    /// All observations that may be it, the best predicted mean first.
    let order: [Int]

    /// The incumbent under the mixture of `processes`, which know the same points, among those that `mayBe`; nil if there is none. Cost: n^2 a
    /// process.
    init?(_ processes: [GaussianProcess], among mayBe: (Int) -> Bool) {
        guard let first = processes.first, first.x.rows > 0 else { return nil }
        var means = [Double](repeating: 0, count: first.x.rows)
        for process in processes {
            let known = process.knownMeans
            for index in means.indices { means[index] += known[0, index] / Double(processes.count) }
        }
        order = means.indices.filter(mayBe).sorted { (means[$0], $0) < (means[$1], $1) }
        guard let best = order.first else { return nil }
        index = best
        (mean, standardDeviation) = Prediction.mixture(processes, at: Array(first.x.row(order[0])))
    }
}

/// What a planner predicts of an observation that was made.
public struct Prediction: Hashable, Sendable {
    /// Which of the input's observations.
    public let observation: Int
    /// The predicted mean, in the objective's own unit.
    public let mean: Double
    /// The predicted standard deviation, in the objective's own unit.
    public let standardDeviation: Double

    /// Mean and standard deviation of the mixture of processes, and of the fantasies in each, at a point. Cost: n^2 a process.
    static func mixture(_ processes: [any SurrogateModel], at features: [Double]) -> (
        mean: Double, standardDeviation: Double
    ) {
        var (mean, square) = (0.0, 0.0)
        for process in processes {
            let posterior = process.posterior(at: features)
            let share = 1 / Double(processes.count * posterior.means.count)
            for one in posterior.means {
                mean += share * one
                square += share * (one * one + posterior.variance)
            }
        }
        return (mean, max(0, square - mean * mean).squareRoot())
    }
}
