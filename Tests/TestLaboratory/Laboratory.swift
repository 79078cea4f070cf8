import Brokers
import Campaigns
import EventStore
import Foundation
import Logging
import PlannerService
import Planners
import ServiceLifecycle
import Support
import Synchronization
import WorkerService

/// Runs a planner and workers in this process, as `burette run` does.
package struct Laboratory: Sendable {
    package let campaign: Campaign
    package let broker: any Broker
    package let ledger: Ledger
    package let folder: String
    /// What recommends instead of the campaign's own planner.
    package var planner: (any Planner)?
    package var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    package init(campaign: Campaign, broker: any Broker, ledger: Ledger, folder: String) {
        (self.campaign, self.broker, self.ledger, self.folder) = (campaign, broker, ledger, folder)
    }

    /// Runs the campaign until it has ended, or `until` says so; returns the fold of the ledger.
    package func run(
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
    package static func with(
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
package struct Measuring: Instrument {
    package let body: @Sendable (Job) async throws -> [String: Double]
    package init(_ body: @escaping @Sendable (Job) async throws -> [String: Double]) { self.body = body }
    package func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult { MeasurementResult(try await body(job)) }
}

/// Answers after a moment, with a number that depends on the point.
package let quick = Measuring { job in
    try await Task.sleep(for: .milliseconds(2))
    return ["branin": job.parameters["x0"]?.number ?? 0]
}

/// Remembers warnings and errors.
package final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    package init() {}
    package var all: [String] { lines.withLock { $0 } }
    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    package func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
}
