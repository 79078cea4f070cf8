import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime

/// Consumes a campaign's jobs one at a time, measures each with an instrument, and publishes the result.
///
/// A result is kept until the broker has confirmed it, and only then is the job acknowledged: when a worker dies, its
/// job is requeued. A lost link does not interrupt the measurement. A graceful shutdown
/// finishes the running measurement, within the stop limit; cancellation returns its job.
public struct WorkerService: Service {
    private let campaign: CampaignName
    private let name: String
    private let broker: any Broker
    private let instrument: any Instrument
    private let outbox: (any Outbox)?
    private let stopLimit: Duration?
    private let queue: WorkQueue
    private let dependencies: Dependencies
    private let logger: Logger

    /// A worker of `campaign` that signs its results with `name`; without an outbox its results are lost with the process. At a
    /// graceful shutdown a measurement that takes longer than `stopLimit` is aborted, and its job returned. A worker with
    /// the capability `only` receives no other jobs.
    public init(
        campaign: CampaignName, name: String, broker: any Broker, instrument: any Instrument,
        only: Capability? = nil, outbox: (any Outbox)? = nil, stopLimit: Duration? = nil,
        dependencies: Dependencies = .real, logger: Logger
    ) {
        queue = WorkQueue(for: only)
        self.campaign = campaign
        self.name = name
        self.broker = broker
        self.instrument = instrument
        self.outbox = outbox
        self.stopLimit = stopLimit
        self.dependencies = dependencies
        self.logger = logger
    }

    /// Runs until it is shut down. Throws errors that a retry cannot fix.
    public func run() async throws {
        let contents = try outbox?.kept() ?? OutboxContents()
        for one in contents.unreadable {
            logger.error("a result in the outbox cannot be read, and is left there for inspection: \(one)")
        }
        var bench = WorkerBench(kept: contents.results)
        var retries = RetryPolicy(of: name, dependencies: dependencies, logger: logger)
        var isAnnounced = queue == .common
        while !Task.isShuttingDownGracefully {
            do {
                try await work(&bench, &retries, &isAnnounced)
            } catch {
                try await retries.pause(after: error)
            }
        }
        try await deliverLast(&bench, &retries, &isAnnounced)
        let saved = bench.kept.count - bench.unsaved.count
        if saved > 0 {
            logger.error("\(saved) results could not be delivered; they stay in the outbox until the next start")
        }
        for result in bench.kept where bench.unsaved.contains(result.id) { logger.logInFull(result) }
    }

    /// Works over one link, until a shutdown. Throws when it is lost.
    private func work(_ bench: inout WorkerBench, _ retries: inout RetryPolicy, _ isAnnounced: inout Bool) async throws
    {
        let link = try await open(isAnnounced: &isAnnounced)
        let session = WorkerSession(
            campaign: campaign, name: name, link: link, instrument: instrument, queue: queue, outbox: outbox,
            stopLimit: stopLimit, dependencies: dependencies, logger: logger)
        do {
            try await session.deliver(&bench)
            retries.succeeded()
            try await session.work(&bench)
        } catch {
            await link.close()
            throw error
        }
        await link.close()
    }

    /// Seconds for which a worker that stops tries to deliver its last results: whoever stops it may remove its disk.
    private static let lastDeliveries = 30.0

    /// Delivers what no broker has confirmed, while the worker stops; what cannot be delivered stays in the outbox.
    private func deliverLast(
        _ bench: inout WorkerBench, _ retries: inout RetryPolicy, _ isAnnounced: inout Bool
    ) async throws {
        let end = dependencies.now() + Self.lastDeliveries
        var isSaid = false
        while !bench.kept.isEmpty, dependencies.now() < end {
            do {
                return try await work(&bench, &retries, &isAnnounced)
            } catch {
                if !isSaid {
                    isSaid = true
                    logger.warning(
                        "results that are not delivered yet: \(bench.kept.count); trying for \(Int(Self.lastDeliveries)) s before leaving; a second signal ends it now"
                    )
                }
                try await retries.pause(after: error, within: .seconds(1), isPartOfShutdown: true)
            }
        }
    }

    /// Opens a link; the first time a worker that cannot do everything says so, and then tries again until the planner has made its queue.
    private func open(isAnnounced: inout Bool) async throws -> any WorkerLink {
        let presence = queue.capability.map { only in
            Event(
                id: dependencies.identity(), campaign: campaign, time: dependencies.now(),
                body: .present(.init(worker: name, only: only)))
        }
        do {
            let link = try await broker.openWorker(
                campaign, as: name, for: queue, announcing: isAnnounced ? nil : presence)
            isAnnounced = true
            return link
        } catch let error as BrokerError {
            if case .noQueue = error { isAnnounced = true }
            // Whoever removed the campaign removed what was announced.
            if case .unknownCampaign = error { isAnnounced = queue == .common }
            throw error
        }
    }
}
