import Campaigns
import Foundation
import Synchronization

/// A broker inside this process, with the promises of the real one as long as the process lives. What has to survive the
/// process is in the planner's ledger.
///
/// Every operation is done when it returns; nothing runs in the background, so that a simulation can own the order.
public final class EmbeddedBroker: Broker {
    private let campaigns = Mutex<[CampaignName: EmbeddedQueues]>([:])

    /// A broker without campaigns.
    public init() {}

    /// Makes a campaign's queues, so that workers may come before its planner.
    public func declare(_ campaign: CampaignName) { with(campaign) { _ in } }

    public func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink {
        let link = with(campaign) { $0.newLink() }
        if !with(campaign, { $0.lock.take(link) }) {
            guard wait else { throw BrokerError.held(campaign) }
            standby()
            try await waitForLock(campaign, link)
        }
        return EmbeddedPlannerLink(broker: self, campaign: campaign, link: link)
    }

    private func waitForLock(_ campaign: CampaignName, _ link: UInt64) async throws {
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                with(campaign) { $0.lock.wait(link, continuation) }
                if Task.isCancelled { with(campaign) { $0.lock.giveUp(link) } }
            }
        } onCancel: {
            with(campaign) { $0.lock.giveUp(link) }
        }
        guard granted else { throw CancellationError() }
    }

    public func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        if let presence { try await send(orders: [presence], to: campaign) }
        let link = try withExisting(campaign) { try $0.attach(worker: continuation, queue: queue) }
        return EmbeddedWorkerLink(broker: self, campaign: campaign, link: link, jobs: stream)
    }

    public func send(orders: [Event], to campaign: CampaignName) async throws {
        let messages = try orders.map(EmbeddedQueues.Stored.init)
        try withExisting(campaign) { queues in
            for message in messages { queues.tellPlanner(message) }
        }
    }

    public func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        try withExisting(campaign) { $0.attach(follower: continuation, follow: follow) }
        return stream
    }

    public func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth {
        try withExisting(campaign) { try $0.depth(for: queue) }
    }

    public func isPlanned(_ campaign: CampaignName) async throws -> Bool {
        try withExisting(campaign) { $0.lock.holder != nil }
    }

    public func remove(_ campaign: CampaignName) async throws {
        try campaigns.withLock { campaigns in
            guard campaigns[campaign]?.lock.holder == nil else { throw BrokerError.held(campaign) }
            var queues = campaigns.removeValue(forKey: campaign)
            queues?.end()
        }
    }

    /// Removes a campaign's feed with what is in it, as somebody might by hand.
    package func removeFeed(of campaign: CampaignName) { with(campaign) { $0.removeFeed() } }

    /// Removes a campaign's work queue with what is in it and what workers hold of it, as somebody might by hand.
    package func removeWorkQueue(of campaign: CampaignName) { with(campaign) { $0.removeWorkQueue() } }

    /// What stands in a campaign's queues at this moment, for whoever checks the promises.
    package func census(of campaign: CampaignName) -> EmbeddedCensus { with(campaign) { $0.census } }

    /// The events of a campaign's feed, in order.
    package func feedIDs(of campaign: CampaignName) -> [EventID] { with(campaign) { $0.feedParcels.map(\.id) } }

    /// The jobs that a worker of this broker has not acknowledged.
    package func unacknowledged(by worker: any WorkerLink) -> [EventID] {
        guard let worker = worker as? EmbeddedWorkerLink else { return [] }
        return with(worker.campaign) { $0.unacknowledged(by: worker.link) }
    }

    func with<Result: Sendable>(
        _ campaign: CampaignName, _ body: (inout sending EmbeddedQueues) throws -> sending Result
    ) rethrows -> Result {
        try campaigns.withLock { campaigns in
            // Taken out, so that it is changed in its place and not copied.
            var queues = campaigns.removeValue(forKey: campaign) ?? EmbeddedQueues()
            defer { campaigns[campaign] = queues }
            return try body(&queues)
        }
    }

    private func withExisting<Result: Sendable>(
        _ campaign: CampaignName, _ body: (inout sending EmbeddedQueues) throws -> sending Result
    ) throws -> Result {
        guard campaigns.withLock({ $0[campaign] != nil }) else { throw BrokerError.unknownCampaign(campaign) }
        return try with(campaign, body)
    }
}

/// The messages in an embedded broker's queues, by their ids.
package struct EmbeddedCensus: Hashable, Sendable {
    /// Jobs that nobody holds.
    package let ready: [EventID]
    /// Jobs that a worker, or the planner that takes them back, has not acknowledged.
    package let unacknowledged: [EventID]
    /// What the planner has not acknowledged.
    package let inbox: [EventID]
}

/// The planner's end of an embedded broker.
struct EmbeddedPlannerLink: PlannerLink {
    let broker: EmbeddedBroker
    let campaign: CampaignName
    let link: UInt64
    let inbox: AsyncThrowingStream<Delivery, any Error>
    let made: Set<CampaignQueue>

    init(broker: EmbeddedBroker, campaign: CampaignName, link: UInt64) {
        self.broker = broker
        self.campaign = campaign
        self.link = link
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        inbox = stream
        made = broker.with(campaign) { $0.attach(planner: continuation) }
    }

    var blocked: String? { nil }

    func publish(_ events: [Event]) async throws {
        try append(events) { queues, event, message in
            if case .published = event.body { queues.append(toWork: message) }
        }
    }

    func restore(_ events: [Event]) async throws { try append(events) { _, _, _ in } }

    /// Puts events into the feed, and wherever else `further` does.
    private func append(
        _ events: [Event], further: (inout EmbeddedQueues, Event, EmbeddedQueues.Stored) -> Void
    ) throws {
        for event in events {
            let message = try EmbeddedQueues.Stored(event)
            try broker.with(campaign) { queues in
                try queues.requireLock(link)
                queues.append(toFeed: message)
                further(&queues, event, message)
            }
        }
    }

    func open(_ only: Capability) async throws -> Bool {
        try broker.with(campaign) { queues in
            try queues.requireLock(link)
            return queues.open(only)
        }
    }

    func getJob(for queue: WorkQueue) async throws -> Delivery? {
        try broker.with(campaign) { queues in
            try queues.requireLock(link)
            return try queues.getJob(link, for: queue)
        }
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        try broker.with(campaign) { queues in
            try queues.requireLock(link)
            for delivery in deliveries { queues.acknowledge(delivery) }
        }
    }

    func deadLetter(_ delivery: Delivery, reason: String) async throws {
        try broker.with(campaign) { queues in
            try queues.requireLock(link)
            queues.append(toFeed: .init(id: delivery.id, topic: Topic.unreadable, body: delivery.body))
            queues.acknowledge(delivery)
        }
    }

    func depth(for queue: WorkQueue) async throws -> QueueDepth {
        try broker.with(campaign) { try $0.depth(for: queue) }
    }

    func unacknowledged(for queue: WorkQueue) async -> Int? { broker.with(campaign) { $0.unacknowledged(for: queue) } }

    func requireQueues() async throws -> Int {
        guard broker.with(campaign, { $0.hasFeed }) else {
            throw BrokerError.queueGone(name: "the feed of \(campaign)")
        }
        // What comes is handed over at once.
        return 0
    }

    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay {
        let feed = broker.with(campaign) { $0.feedParcels }
        let start = position.flatMap { position in
            let index = Int(position.offset)
            return feed.indices.contains(index) && feed[index].id == position.id ? index : nil
        }
        guard let end = feed.lastIndex(where: { $0.id == marker }), end >= start ?? 0 else {
            throw BrokerError.queueGone(name: "the feed of \(campaign)")
        }
        return FeedReplay(
            deliveries: Array(feed[(start ?? 0)...end]), isWhole: start == nil,
            end: FeedPosition(offset: Int64(end), id: marker))
    }

    func renewed() async throws -> any PlannerLink {
        try broker.with(campaign) { try $0.requireLock(link) }
        return EmbeddedPlannerLink(broker: broker, campaign: campaign, link: link)
    }

    func close() async { broker.with(campaign) { $0.unlock(link) } }
}

/// A worker's end of an embedded broker.
struct EmbeddedWorkerLink: WorkerLink {
    let broker: EmbeddedBroker
    let campaign: CampaignName
    let link: UInt64
    let jobs: AsyncThrowingStream<Delivery, any Error>

    func publish(_ event: Event) async throws {
        let message = try EmbeddedQueues.Stored(event)
        try broker.with(campaign) { queues in
            try queues.requireWorker(link)
            queues.tellPlanner(message)
        }
    }

    func depth() async throws -> QueueDepth {
        try broker.with(campaign) { try $0.depth(ofWorker: link) }
    }

    func stopDeliveries() async throws { try broker.with(campaign) { try $0.stopDeliveries(toWorker: link) } }

    func acknowledge(_ delivery: Delivery) async throws { try end(delivery) { $0.acknowledge(delivery) } }

    func refuse(_ delivery: Delivery) async throws { try end(delivery) { $0.reject(delivery) } }

    func giveBack(_ delivery: Delivery) async throws { try end(delivery) { $0.giveBack(delivery) } }

    func close() async { broker.with(campaign) { $0.detach(worker: link) } }

    private func end(_ delivery: Delivery, _ body: (inout sending EmbeddedQueues) -> Void) throws {
        try broker.with(campaign) { queues in
            try queues.requireWorker(link)
            body(&queues)
        }
    }
}
