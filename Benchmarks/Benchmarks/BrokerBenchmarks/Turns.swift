import Benchmark

/// The broker's part of the loop, beside the C loop of limit/amqp_limit.c on the same broker. deploy/bench runs both.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 20, maxDuration: .seconds(30),
        maxIterations: Scene.jobs - 20)

    for kind in Scene.Kind.allCases {
        Benchmark("\(kind.rawValue): a worker's turn: job, result confirmed, ack") { (benchmark: Benchmark, scene: Scene) in
            benchmark.startMeasurement()
            try await scene.turn()
            benchmark.stopMeasurement()
        } setup: {
            let scene = try await Scene(kind)
            try await scene.fill()
            return scene
        }

        Benchmark("\(kind.rawValue): publish, each confirmed before the next") { (benchmark: Benchmark, scene: Scene) in
            benchmark.startMeasurement()
            try await scene.publish()
            benchmark.stopMeasurement()
        } setup: {
            try await Scene(kind)
        }
    }
}
