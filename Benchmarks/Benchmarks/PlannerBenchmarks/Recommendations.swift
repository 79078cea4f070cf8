import Benchmark
import Planners
import Surrogates

/// What one recommendation costs, whole and by its stages, in six dimensions with three pending experiments.
/// deploy/bench-planner runs it, and the peers beside it.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .peakMemoryResident], timeUnits: .microseconds, warmupIterations: 1,
        maxDuration: .seconds(8), maxIterations: 100)

    for count in [30, 100, 1_000, 10_000] {
        let laboratory = Laboratory(observations: count)

        // Between two fits, as most are at more than 32 observations.
        Benchmark("\(count) observations: a recommendation") { (benchmark: Benchmark, planner: any Planner) in
            benchmark.startMeasurement()
            blackHole(try planner.recommend(1, given: laboratory.input))
            benchmark.stopMeasurement()
        } setup: {
            let planner = try laboratory.planner()
            blackHole(try planner.recommend(1, given: laboratory.input))
            return planner
        }

        // The first one after a restart, or when the hyperparameters are learnt anew.
        Benchmark("\(count) observations: a recommendation, hyperparameters learnt anew") { benchmark in
            let planner = try laboratory.planner()
            benchmark.startMeasurement()
            blackHole(try planner.recommend(1, given: laboratory.input))
            benchmark.stopMeasurement()
        }

        guard count <= 1_000 else { continue }
        Benchmark("\(count) observations: stage: covariance and its factor, one sample") { benchmark in
            benchmark.startMeasurement()
            blackHole(laboratory.process())
            benchmark.stopMeasurement()
        }

        Benchmark("\(count) observations: stage: fantasies of 3 pending, one sample") { (benchmark: Benchmark, process: GaussianProcess) in
            var random = RandomNumbers(seed: 1)
            benchmark.startMeasurement()
            blackHole(process.fantasizing(laboratory.pending, noise: 1e-4, count: 4, random: &random))
            benchmark.stopMeasurement()
        } setup: {
            try laboratory.process().unwrapped
        }

        Benchmark("\(count) observations: stage: search: posterior at 100 candidates, one sample") {
            (benchmark: Benchmark, process: GaussianProcess) in
            benchmark.startMeasurement()
            blackHole(process.posterior(laboratory.candidates))
            benchmark.stopMeasurement()
        } setup: {
            try laboratory.process().unwrapped
        }

        Benchmark("\(count) observations: stage: search: posterior and gradient at one point, one sample") {
            (benchmark: Benchmark, process: GaussianProcess) in
            benchmark.startMeasurement()
            blackHole(process.posterior(at: Array(laboratory.candidates.row(0))).gradient(means: [1], standardDeviation: 1))
            benchmark.stopMeasurement()
        } setup: {
            try laboratory.process().unwrapped
        }
    }
}

extension Optional {
    var unwrapped: Wrapped {
        get throws {
            guard let self else { throw NoProcess() }
            return self
        }
    }
}

struct NoProcess: Error {}
