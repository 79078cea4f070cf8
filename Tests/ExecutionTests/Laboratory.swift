import Brokers
import Campaigns
import Execution
import Foundation
import Logging
import Planners
import ServiceLifecycle
import Support
import Synchronization

/// Runs a planner and workers in this process, as `burette run` does.
struct Laboratory: Sendable {
    let campaign: Campaign
    let broker: any Broker
    let ledger: Ledger
    let folder: String
    /// What recommends instead of the campaign's own planner.
    var planner: (any Planner)?
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs the campaign until it has ended, or `until` says so; returns the fold of the ledger.
    func run(
        _ instruments: [any Instrument], only: [Capability] = [],
        until: @escaping @Sendable (CampaignState) -> Bool = { _ in false }
    ) async throws -> CampaignState {
        let (stopping, stop) = AsyncStream.makeStream(of: Void.self)
        let planner = PlannerService(
            campaign: campaign, planner: try planner ?? Planners.planner(for: campaign), broker: broker, ledger: ledger,
            name: "test", wait: true, logger: logger,
            observe: { if until($0.state) { stop.finish() } })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await planner.run() }
            group.addTask {
                for await _ in stopping {}
                if Task.isCancelled { try await Task.sleep(for: .seconds(1000)) }
            }
            for (number, instrument) in instruments.enumerated() {
                let worker = WorkerService(
                    campaign: campaign.name, name: "worker-\(number)", broker: broker, instrument: instrument,
                    only: only.indices.contains(number) ? only[number] : nil, logger: logger)
                group.addTask {
                    try await worker.run()
                    try await Task.sleep(for: .seconds(1000))
                }
            }
            try await group.next()
            group.cancelAll()
            while !group.isEmpty { do { try await group.next() } catch is CancellationError {} }
        }
        return CampaignState(try await ledger.events().events)
    }

    /// A laboratory of its own for one test.
    static func with(
        _ kind: BrokerKind, _ define: (inout Campaign) -> Void = { _ in }, _ body: (Laboratory) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            var campaign = braninCampaign(try freshName())
            define(&campaign)
            let broker = kind.make()
            (broker as? EmbeddedBroker)?.declare(campaign.name)
            let ledger = try Ledger.open(path: Ledger.path(of: campaign.name, in: folder), create: true)
            let laboratory = Laboratory(campaign: campaign, broker: broker, ledger: ledger, folder: folder)
            try await body(laboratory)
            try await broker.remove(campaign.name)
        }
    }
}

/// An instrument that is a closure.
struct Measuring: Instrument {
    let body: @Sendable (Job) async throws -> [String: Double]
    init(_ body: @escaping @Sendable (Job) async throws -> [String: Double]) { self.body = body }
    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult { MeasurementResult(try await body(job)) }
}

/// Answers after a moment, with a number that depends on the point.
let quick = Measuring { job in
    try await Task.sleep(for: .milliseconds(2))
    return ["branin": job.parameters["x0"]?.number ?? 0]
}

/// Remembers warnings and errors.
final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
}
