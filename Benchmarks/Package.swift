// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds Burette builds the benchmark library. Run by deploy/bench and
// deploy/bench-planner.
let package = Package(
    name: "burette-benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(name: "burette", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "BrokerBenchmarks",
            dependencies: [
                .product(name: "BuretteKit", package: "burette"),
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/BrokerBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "PlannerBenchmarks",
            dependencies: [
                .product(name: "BuretteKit", package: "burette"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/PlannerBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6]
)
