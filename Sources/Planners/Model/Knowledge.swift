import Campaigns
import Surrogates
import Synchronization

/// What is known, whatever is pending: all recommendations of one call share it.
final class Knowledge: Sendable {
    let data: TrainingData
    let model: Model
    /// What is known under each sample of the hyperparameters.
    let processes: [KnownProcess]
    /// Which of the observations lie outside the space.
    let outside: Set<Int>
    /// Where measurements fail; nil while none did.
    let feasibility: FeasibilityModel?
    private let map: FeatureMap
    private let standings = Mutex<[Int: Standing]>([:])

    /// The observations in the order of their predicted means, and where the objective is best at an end.
    struct Standing {
        let incumbent: Incumbent
        /// How much of the prior against edges holds at the ends of each coordinate.
        let ends: [(low: Double, high: Double)]
    }

    /// What is known of `data` by its model. Cost: n^3 / 3 a sample.
    init(_ data: TrainingData, _ model: Model, outside: Set<Int>, feasibility: FeasibilityModel?, _ map: FeatureMap) {
        (self.data, self.model, self.outside, self.feasibility, self.map) = (data, model, outside, feasibility, map)
        let processes = model.hyperparameterSamples.inParallel { sample in
            model.process(sample).map { KnownProcess(sample: sample, points: KnownPoints($0)) }
        }
        self.processes = processes.compactMap(\.self)
    }

    /// So small a part of the values' variance that the model predicts is none.
    private static let nothing = 0.1
    /// Fewer values may differ by anything, and among more some are always predicted.
    private static let counted = 12...160

    /// Whether the values differ by noise alone, as far as is known: none is predicted by the others. A model of very short length scales, which
    /// follows noise, does not predict either. Cost: n^3.
    var tellsNoDifference: Bool {
        guard Self.counted.contains(data.count), let process = model.process(model.mapEstimate) else { return false }
        let errors = process.errorsOfOthers.map(\.error)
        let mean = model.y.reduce(0, +) / Double(model.y.count)
        let all = model.y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return errors.reduce(0) { $0 + $1 * $1 } > (1 - Self.nothing) * all
    }

    /// The standing by the first `count` samples; nil where there is none. Computed once.
    func standing(by count: Int) -> Standing? {
        standings.withLock { standings in
            if let known = standings[count] { return known }
            let processes = processes.prefix(count).map(\.process)
            // Where nothing was measured in the space yet, the best of all gives a direction.
            let incumbent = Incumbent(processes) { !outside.contains($0) } ?? Incumbent(processes) { _ in true }
            standings[count] = incumbent.map {
                Standing(
                    incumbent: $0, ends: BoundaryPrior.ends(processes, at: model.coordinates[$0.index], map))
            }
            return standings[count]
        }
    }
}

/// What is known of the observations under one sample of the hyperparameters.
struct KnownProcess: Sendable {
    let sample: Hyperparameters
    let points: KnownPoints
    var process: GaussianProcess { points.process }
}
