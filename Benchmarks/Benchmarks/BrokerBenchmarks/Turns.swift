import Benchmark

/// The broker's part of the loop, beside the C loop of limit/amqp_limit.c on the same broker. deploy/bench runs both.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 20, maxDuration: .seconds(30),
        maxIterations: Scene.jobs - 20)

    Benchmark("the C loop's messages: a turn") { (benchmark: Benchmark, plain: Plain) in
        benchmark.startMeasurement()
        try await plain.turn()
        benchmark.stopMeasurement()
    } setup: {
        let plain = try await Plain()
        try await plain.publish(Plain.messages)
        return plain
    }

    Benchmark(
        "the C loop's messages: publish \(Plain.messages), pipelined",
        configuration: .init(
            metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 1, maxDuration: .seconds(20), maxIterations: 10)
    ) { (benchmark: Benchmark, plain: Plain) in
        benchmark.startMeasurement()
        try await plain.publish(Plain.messages)
        benchmark.stopMeasurement()
    } setup: {
        try await Plain()
    }

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

        Benchmark(
            "\(kind.rawValue): publish 1000, pipelined",
            configuration: .init(
                metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 1, maxDuration: .seconds(20),
                maxIterations: 20)
        ) { (benchmark: Benchmark, scene: Scene) in
            benchmark.startMeasurement()
            try await scene.publish(1000)
            benchmark.stopMeasurement()
        } setup: {
            try await Scene(kind)
        }

        Benchmark(
            "thousand workers, \(kind.rawValue): \(Marathon.results) results",
            configuration: .init(
                metrics: [.wallClock], timeUnits: .milliseconds, warmupIterations: 0, maxDuration: .seconds(120),
                maxIterations: 1)
        ) { benchmark in
            benchmark.startMeasurement()
            try await Marathon.run(kind)
            benchmark.stopMeasurement()
        }
    }

    for count in [1, 100] {
        Benchmark(
            "ledger: append \(count), on the disk",
            configuration: .init(
                metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 10, maxDuration: .seconds(5),
                maxIterations: 2000)
        ) { (benchmark: Benchmark, book: Book) in
            benchmark.startMeasurement()
            try await book.append(count)
            benchmark.stopMeasurement()
        } setup: {
            try Book()
        }
    }

    Benchmark(
        "ledger: open a campaign of \(Marathon.events) events",
        configuration: .init(
            metrics: [.wallClock, .peakMemoryResident], timeUnits: .milliseconds, warmupIterations: 1,
            maxDuration: .seconds(60), maxIterations: 5)
    ) { benchmark in
        try await Marathon.withFolder { folder in
            let path = "\(folder)/c.sqlite"
            try await Marathon.fill(path)
            benchmark.startMeasurement()
            blackHole(try await Marathon.open(path))
            benchmark.stopMeasurement()
        }
    }
}
