// swift-tools-version: 6.1
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

// A target imports only targets that stand above it: the folders are the stations of the loop (docs/architecture.md).
let package = Package(
    name: "burette",
    products: [
        .executable(name: "burette", targets: ["burette"]),
        .library(name: "BuretteWorker", targets: ["BuretteWorker"]),
        .library(
            name: "BuretteKit",
            targets: [
                "Campaigns", "Surrogates", "Planners", "AMQP", "Brokers", "ServiceRuntime", "EventStore",
                "PlannerService", "WorkerService", "Monitoring", "Instruments",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries, each imported by one target only.
        .systemLibrary(
            name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev", "libssl-dev"])]),
        .systemLibrary(
            name: "CLAPACK", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
        .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),
        .systemLibrary(
            name: "CXlsxWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

        // Parameter space, job, result, events, and the fold of events into a state.
        .target(
            name: "Campaigns",
            dependencies: [
                crypto, .product(name: "SwiftCSV", package: "SwiftCSV"), .product(name: "Yams", package: "Yams"),
            ]),
        // The model of the experiment: the Gaussian process.
        .target(name: "Surrogates", dependencies: ["CLAPACK", "CNLopt"]),
        // What to measure next.
        .target(name: "Planners", dependencies: ["Campaigns", "Surrogates"]),
        // librabbitmq as asynchronous Swift.
        .target(name: "AMQP", dependencies: ["CRabbitMQ"]),
        // The Broker protocol, and its two implementations: embedded and RabbitMQ.
        .target(name: "Brokers", dependencies: ["AMQP", "Campaigns"]),
        // What all services share: clock and randomness, retries, mailboxes, signals, shutdown, locked files.
        .target(
            name: "ServiceRuntime",
            dependencies: [
                "Brokers", logging, serviceLifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        // The planner's durable record: the EventStore protocol, and the ledger in SQLite.
        .target(
            name: "EventStore",
            dependencies: ["Brokers", "Campaigns", "ServiceRuntime", grdb, logging, serviceLifecycle]),
        // Recovers, learns and refills.
        .target(
            name: "PlannerService",
            dependencies: [
                "Brokers", "Campaigns", "EventStore", "Planners", "ServiceRuntime", logging, serviceLifecycle,
            ]),
        // Takes jobs, measures, publishes results; the Instrument protocol.
        .target(
            name: "WorkerService",
            dependencies: ["Brokers", "Campaigns", "ServiceRuntime", logging, serviceLifecycle]),
        // What observers and operators need: status, report, replay, watching, orders.
        .target(
            name: "Monitoring", dependencies: ["Brokers", "Campaigns", "EventStore", "Planners", "ServiceRuntime"]),
        // What measures: the built-in surfaces, and programs.
        .target(
            name: "Instruments",
            dependencies: [
                "Campaigns", "Planners", "ServiceRuntime", "Surrogates", "WorkerService", crypto,
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // The tables of a campaign as files for spreadsheets.
        .target(name: "Spreadsheets", dependencies: ["CXlsxWriter", "CZip", "Campaigns", "Monitoring"]),
        // A spreadsheet in a cloud, a workbook or files of CSV as a campaign's board.
        .target(
            name: "Sheets",
            dependencies: [
                "Brokers", "Campaigns", "Monitoring", "ServiceRuntime", "Spreadsheets", crypto, logging,
                serviceLifecycle,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "JWTKit", package: "jwt-kit"), .product(name: "SwiftCSV", package: "SwiftCSV"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
            ]),
        // A campaign in virtual time, with the real planner: how many workers it is worth.
        .target(
            name: "Capacity",
            dependencies: [
                "Brokers", "Campaigns", "EventStore", "Instruments", "Monitoring", "PlannerService", "Planners",
                "ServiceRuntime", "Surrogates", "WorkerService", logging,
            ]),
        // Pages and an HTTP interface over what observers and operators have: the control room.
        .target(
            name: "ControlRoom",
            dependencies: [
                "Brokers", "CQRencode", "Campaigns", "Capacity", "EventStore", "Monitoring", "Planners",
                "ServiceRuntime", "Spreadsheets", "WorkerService", crypto, cryptoExtras, hummingbird, logging,
                serviceLifecycle,
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], resources: [.embedInCode("Pages")]),
        // A worker for other Swift programs.
        .target(
            name: "BuretteWorker",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "ServiceRuntime", "WorkerService", logging, serviceLifecycle,
            ]),
        // The command line: parses and prints.
        .executableTarget(
            name: "burette",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "Capacity", "ControlRoom", "EventStore", "Instruments", "Monitoring",
                "PlannerService", "Planners", "ServiceRuntime", "Sheets", "WorkerService",
                argumentParser, crypto,
                logging, serviceLifecycle,
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SwiftCSV", package: "SwiftCSV"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        .target(name: "Support", dependencies: ["AMQP", "Brokers", "Campaigns"], path: "Tests/Support"),
        // A planner and workers in one process, for the tests of services.
        .target(
            name: "TestLaboratory",
            dependencies: [
                "Brokers", "Campaigns", "EventStore", "PlannerService", "Planners", "Support", "WorkerService", logging,
                serviceLifecycle,
            ], path: "Tests/TestLaboratory"),
        // The package Examples/Worker, built with the rest: a build of its own would compile everything once more. It names Campaigns, whose types it
        // gets by aliases, so that it is compiled anew when they change.
        .executableTarget(
            name: "example-worker", dependencies: ["BuretteWorker", "Campaigns"], path: "Examples/Worker/Sources/worker"
        ),
        // The services under a virtual clock and a seeded scheduler, and the command that runs many schedules.
        .target(
            name: "Simulation",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "Capacity", "EventStore", "PlannerService", "Planners",
                "ServiceRuntime",
                "Surrogates", "WorkerService", logging, serviceLifecycle,
            ], path: "Tests/Simulation"),
        .executableTarget(name: "schedules", dependencies: ["Simulation", argumentParser], path: "Tests/Schedules"),
        // What the tests of the ledger kill.
        .executableTarget(
            name: "ledger-writer", dependencies: ["Campaigns", "EventStore"], path: "Tests/LedgerWriter"),
        // Real processes against a real RabbitMQ, and everything that can befall them: deploy/chaos.
        .executableTarget(
            name: "chaos", dependencies: ["AMQP", "Campaigns", "EventStore", "Surrogates", argumentParser],
            path: "Tests/Chaos"),
        .testTarget(
            name: "ServiceRuntimeTests",
            dependencies: ["AMQP", "Brokers", "Campaigns", "ServiceRuntime", "TestLaboratory", logging]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"]),
        .testTarget(name: "CampaignsTests", dependencies: ["Campaigns", "Support"]),
        .testTarget(name: "SurrogatesTests", dependencies: ["Surrogates"]),
        .testTarget(name: "PlannersTests", dependencies: ["Campaigns", "Planners", "Support", "Surrogates"]),
        .testTarget(name: "AMQPTests", dependencies: ["AMQP", "Brokers", "Campaigns", "Support"]),
        .testTarget(name: "BrokersTests", dependencies: ["AMQP", "Brokers", "Campaigns", "Support"]),
        .testTarget(
            name: "EventStoreTests",
            dependencies: ["Campaigns", "EventStore", "ServiceRuntime", "Support", "ledger-writer", grdb]),
        .testTarget(
            name: "PlannerServiceTests",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "EventStore", "Monitoring", "PlannerService", "Planners",
                "ServiceRuntime", "Support", "TestLaboratory", "WorkerService", logging,
            ]),
        .testTarget(
            name: "WorkerServiceTests",
            dependencies: [
                "AMQP", "Brokers", "Campaigns", "EventStore", "PlannerService", "Planners", "ServiceRuntime", "Support",
                "TestLaboratory", "WorkerService", grdb, logging, serviceLifecycle,
            ]),
        .testTarget(
            name: "MonitoringTests",
            dependencies: ["Brokers", "Campaigns", "Monitoring", "Planners", "Support", "Surrogates", "TestLaboratory"]),
        .testTarget(
            name: "SheetsTests", dependencies: ["Campaigns", "Monitoring", "Sheets", "Spreadsheets", "Support"]),
        .testTarget(
            name: "InstrumentsTests", dependencies: ["Campaigns", "Instruments", "Support", "WorkerService"]),
        // They run what the target burette builds.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "burette", "AMQP", "Brokers", "Campaigns", "EventStore", "Monitoring", "ServiceRuntime", "Support",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
