import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

@Suite("A worker that stops", .timeLimit(.minutes(5)))
struct StoppingTests {
    @Test("while no broker answers goes on trying to deliver its result, since its disk may go with it")
    func withoutBroker() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            let (campaign, lines) = (laboratory.campaign, Lines())
            let broker = try #require(laboratory.broker as? EmbeddedBroker)
            let outage = Outage(broker)
            let planner = try await broker.openPlanner(campaign.name, as: "test", wait: false) {}
            let job = Job(id: JobID("0001-job"), parameters: ["x0": .number(1), "x1": .number(3)], of: campaign)
            try await planner.publish([
                Event(id: job.publicationID, campaign: campaign.name, time: 1, body: .published(job))
            ])
            // The campaign goes in the middle of the measurement, and with it every link.
            let vandal = Measuring { _ in
                await planner.close()
                outage.begin()
                try await broker.remove(campaign.name)
                return ["branin": 0.125]
            }
            try await withFolder { folder in
                let outbox = try DirectoryOutbox(directory: folder)
                let worker = WorkerService(
                    campaign: campaign.name, name: "w", broker: outage, instrument: vandal, outbox: outbox,
                    logger: Logger(label: "test") { _ in lines })
                let group = ServiceGroup(services: [worker], logger: laboratory.logger)
                let working = Task { try await group.run() }
                #expect(await eventually { (try? outbox.kept().results.count) == 1 })
                await group.triggerGracefulShutdown()
                #expect(await eventually { lines.all.contains { $0.contains("not delivered yet: 1") } })
                broker.declare(campaign.name)
                outage.end()
                let again = try await broker.openPlanner(campaign.name, as: "test", wait: false) {}
                #expect(await Collector(again.inbox).next(within: 20)?.topic == "measured")
                try await working.value
                #expect(try outbox.kept().results.isEmpty)
                await again.close()
            }
        }
    }
}

/// A broker that workers cannot reach for a while.
private final class Outage: Broker {
    private let broker: EmbeddedBroker
    private let isDown = Mutex(false)

    init(_ broker: EmbeddedBroker) { self.broker = broker }
    func begin() { isDown.withLock { $0 = true } }
    func end() { isDown.withLock { $0 = false } }

    func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink {
        if isDown.withLock({ $0 }) { throw BrokerError.linkClosed }
        return try await broker.openWorker(campaign, as: worker, for: queue, announcing: presence)
    }
    func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink {
        try await broker.openPlanner(campaign, as: planner, wait: wait, standby: standby)
    }
    func send(orders: [Event], to campaign: CampaignName) async throws {
        try await broker.send(orders: orders, to: campaign)
    }
    func send(results: [Event], to campaign: CampaignName) async throws {
        try await broker.send(results: results, to: campaign)
    }
    func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error> {
        try await broker.feed(of: campaign, follow: follow)
    }
    func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth {
        try await broker.depth(of: campaign, for: queue)
    }
    func isPlanned(_ campaign: CampaignName) async throws -> Bool { try await broker.isPlanned(campaign) }
    func remove(_ campaign: CampaignName) async throws { try await broker.remove(campaign) }
}
