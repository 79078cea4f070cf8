import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime

/// Takes a campaign's jobs one at a time, measures each with an instrument, and publishes what became of it.
///
/// A result is kept until the broker has confirmed it, and only then the job is acknowledged: a worker that dies gives its
/// job back by dying. A link that is lost in the middle of a measurement does not stop the measurement. A graceful shutdown
/// finishes the measurement in hand, within a limit where one is set; cancellation gives its job back.
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

    /// A worker of `campaign` that signs its results with `name`; without a outbox its results die with the process. At a
    /// graceful shutdown a measurement that goes on for longer than `stopLimit` is given up, and its job given back. One that can do
    /// `only` some jobs gets no others.
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

    /// Works until it is shut down. Throws what no further try would mend.
    public func run() async throws {
        let contents = try outbox?.kept() ?? OutboxContents()
        for one in contents.unreadable {
            logger.error("a result in the outbox cannot be read, and stays there for a person to look at: \(one)")
        }
        var bench = WorkerBench(kept: contents.results)
        var retries = RetryPolicy(dependencies: dependencies, logger: logger)
        var isLastTry = false
        var isAnnounced = queue == .common
        while !isLastTry {
            isLastTry = Task.isShuttingDownGracefully
            // What no broker has confirmed is delivered even while it stops; what cannot be stays in the outbox.
            if isLastTry, bench.kept.isEmpty { return }
            do {
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
            } catch {
                try await retries.pause(after: error)
            }
        }
        let saved = bench.kept.count - bench.unsaved.count
        if saved > 0 {
            logger.warning("\(saved) results could not be delivered; they are in the outbox, for the next start")
        }
        for result in bench.kept where bench.unsaved.contains(result.id) { logger.logInFull(result) }
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
