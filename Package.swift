// swift-tools-version: 6.1
import PackageDescription

// A target imports only targets that stand above it: the folders are the stations of the loop (docs/design.md).
let package = Package(
    name: "burette",
    products: [
        .executable(name: "burette", targets: ["burette"]),
        .library(name: "BuretteWorker", targets: ["BuretteWorker"]),
        .library(
            name: "BuretteKit",
            targets: ["Campaigns", "Surrogates", "Planners", "AMQP", "Brokers", "Execution", "Instruments"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // C libraries, each imported by one target only.
        .systemLibrary(
            name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev", "libssl-dev"])]),
        .systemLibrary(
            name: "CLAPACK", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
        .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),

        // The words: parameter space, job, result, events, and the fold of events into a state.
        .target(name: "Campaigns", dependencies: [.product(name: "Yams", package: "Yams")]),
        // What is believed of the experiment: the Gaussian process.
        .target(name: "Surrogates", dependencies: ["CLAPACK", "CNLopt"]),
        // What to measure next.
        .target(name: "Planners", dependencies: ["Campaigns", "Surrogates"]),
        // librabbitmq as asynchronous Swift.
        .target(
            name: "AMQP", dependencies: ["CRabbitMQ", .product(name: "Logging", package: "swift-log")]),
        // The Broker protocol, and its two forms: embedded and RabbitMQ.
        .target(name: "Brokers", dependencies: ["Campaigns", "AMQP"]),
        // The ledger, the planner service and the worker service.
        .target(
            name: "Execution",
            dependencies: [
                "Campaigns", "Planners", "Brokers",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        // What measures: the built-in surfaces, and programs.
        .target(
            name: "Instruments",
            dependencies: [
                "Campaigns", "Surrogates", "Execution",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // A worker for other Swift programs.
        .target(
            name: "BuretteWorker",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "Execution", .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // The command line.
        .executableTarget(
            name: "burette",
            dependencies: [
                "Campaigns", "Planners", "AMQP", "Brokers", "Execution", "Instruments",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftCSV", package: "SwiftCSV"),
            ]),

        .target(name: "Support", dependencies: ["AMQP", "Brokers", "Campaigns"], path: "Tests/Support"),
        // The package Examples/Worker, built with the rest: a build of its own would compile everything once more.
        .executableTarget(
            name: "example-worker", dependencies: ["BuretteWorker"], path: "Examples/Worker/Sources/worker"),
        // The services under a virtual clock and a seeded scheduler, and the command that runs many schedules.
        .target(
            name: "Simulation",
            dependencies: [
                "Campaigns", "Surrogates", "Planners", "AMQP", "Brokers", "Execution",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Tests/Simulation"),
        .executableTarget(
            name: "schedules",
            dependencies: [
                "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Schedules"),
        // What the tests of the ledger kill.
        .executableTarget(name: "ledger-writer", dependencies: ["Campaigns", "Execution"], path: "Tests/LedgerWriter"),
        // Real processes against a real RabbitMQ, and everything that can befall them: deploy/chaos.
        .executableTarget(
            name: "chaos",
            dependencies: [
                "AMQP", "Campaigns", "Execution", "Surrogates",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Chaos"),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"]),
        .testTarget(name: "CampaignsTests", dependencies: ["Campaigns", "Support"]),
        .testTarget(name: "SurrogatesTests", dependencies: ["Surrogates"]),
        .testTarget(name: "PlannersTests", dependencies: ["Planners", "Support"]),
        .testTarget(name: "AMQPTests", dependencies: ["AMQP", "Brokers", "Campaigns", "Support"]),
        .testTarget(name: "ConformanceTests", dependencies: ["Brokers", "Support"]),
        .testTarget(
            name: "ExecutionTests",
            dependencies: [
                "ledger-writer",
                "AMQP", "Execution", "Instruments", "Support", "Surrogates",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "InstrumentsTests", dependencies: ["Instruments", "Support"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["burette", "AMQP", "Brokers", "Campaigns", "Execution", "Support"]),
    ],
    swiftLanguageModes: [.v6]
)
