import AMQP
import Campaigns

/// The planner's link to RabbitMQ: one connection, with a channel each for the inbox, for publishing, and for the rest.
struct RabbitMQPlannerLink: PlannerLink {
    /// How many results may be on their way to the ledger at once.
    private static let prefetch: UInt16 = 500
    /// How many messages are sent at once.
    private static let batch = 32

    let inbox: AsyncThrowingStream<Delivery, any Error>
    let made: Set<CampaignQueue>
    private let connection: Connection
    private let campaign: CampaignName
    private let inboxChannel: Channel
    private let publishing: Channel
    private let service: Channel
    private let unacknowledged: UnacknowledgedCounts?

    /// Takes the campaign's queues over `connection`, which holds the lock.
    init(connection: Connection, campaign: CampaignName, unacknowledged: UnacknowledgedCounts?) async throws {
        self.connection = connection
        self.unacknowledged = unacknowledged
        self.campaign = campaign
        made = try await RabbitMQTopology.declare(campaign, over: connection)
        publishing = try await connection.openChannel()
        try await publishing.enableConfirms()
        service = try await connection.openChannel()
        inboxChannel = try await connection.openChannel()
        inbox = try await inboxChannel.consume(Topology.inbox(campaign), prefetch: Self.prefetch) {
            Delivery($0, source: .inbox)
        }
    }

    var blocked: String? { connection.blocked }

    func publish(_ events: [Event]) async throws {
        // The first are on their way while the next are still being written.
        var confirmations: [Confirmation] = []
        for start in stride(from: 0, to: events.count, by: Self.batch) {
            let batch = try events[start..<min(events.count, start + Self.batch)].map { event in
                let key =
                    if case .published(let job) = event.body { Topology.key(campaign, for: job.queue) } else {
                        "\(campaign).\(event.body.type)"
                    }
                return Publication(message: try Message(event), exchange: Topology.jobs, key: key)
            }
            confirmations.append(publishing.send(batch))
        }
        for confirmation in confirmations { try await confirmation.confirmed() }
    }

    func open(_ only: Capability) async throws -> Bool {
        try await RabbitMQTopology.declare(only, of: campaign, over: connection)
    }

    func getJob(for queue: WorkQueue) async throws -> Delivery? {
        try await service.get(Topology.work(campaign, for: queue)).map { Delivery($0, source: .work) }
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        try await inboxChannel.acknowledge(deliveries.filter { $0.source == .inbox }.map(\.tag))
        try await service.acknowledge(deliveries.filter { $0.source == .work }.map(\.tag))
    }

    func deadLetter(_ delivery: Delivery, reason: String) async throws {
        let message = Message(
            id: delivery.id, type: Topic.unreadable, contentType: "application/octet-stream",
            headers: ["burette-reason": .string(String(reason.prefix(500)))], body: delivery.body)
        try await publishing.publish(message, to: Topology.dead, key: "\(campaign).\(Topic.unreadable)")
        try await acknowledge([delivery])
    }

    func depth(for queue: WorkQueue) async throws -> QueueDepth {
        let status = try await service.status(ofQueue: Topology.work(campaign, for: queue))
        return QueueDepth(ready: status.ready, consumers: status.consumers)
    }

    func unacknowledged(for queue: WorkQueue) async -> Int? {
        await unacknowledged?.count(inQueue: Topology.work(campaign, for: queue))
    }

    func requireQueues() async throws -> Int {
        _ = try await service.status(ofQueue: Topology.feed(campaign))
        let inbox = try await service.status(ofQueue: Topology.inbox(campaign))
        guard inbox.consumers > 0 else {
            throw BrokerError.queueGone(name: "the reader of \(Topology.inbox(campaign))")
        }
        return inbox.ready
    }

    func restore(_ events: [Event]) async throws {
        // The default exchange routes by the queue's name; the topic travels in the type.
        try await publishing.publish(
            events.map { Publication(message: try Message($0), exchange: "", key: Topology.feed(campaign)) })
    }

    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay {
        try await FeedReader(connection: connection, campaign: campaign).read(from: position, until: marker)
    }

    func renewed() async throws -> any PlannerLink {
        for channel in [inboxChannel, publishing, service] { await channel.close() }
        return try await RabbitMQPlannerLink(connection: connection, campaign: campaign, unacknowledged: unacknowledged)
    }

    func close() async { await connection.close() }
}

/// A worker's link to RabbitMQ.
struct RabbitMQWorkerLink: WorkerLink {
    let jobs: AsyncThrowingStream<Delivery, any Error>
    private let connection: Connection
    private let campaign: CampaignName
    private let queue: String
    private let consuming: Channel
    private let publishing: Channel

    init(connection: Connection, campaign: CampaignName, queue workQueue: WorkQueue) async throws {
        self.connection = connection
        self.campaign = campaign
        queue = Topology.work(campaign, for: workQueue)
        publishing = try await connection.openChannel()
        try await publishing.enableConfirms()
        consuming = try await connection.openChannel()
        jobs = try await consuming.consume(queue, prefetch: 1) { Delivery($0, source: .work) }
    }

    func depth() async throws -> QueueDepth {
        let status = try await publishing.status(ofQueue: queue)
        return QueueDepth(ready: status.ready, consumers: status.consumers)
    }

    func stopDeliveries() async throws { try await consuming.cancelConsumers() }

    func publish(_ event: Event) async throws {
        try await publishing.publish(
            try Message(event), to: Topology.results, key: "\(campaign).\(event.body.type)")
    }

    func acknowledge(_ delivery: Delivery) async throws { try await consuming.acknowledge(delivery.tag) }

    func refuse(_ delivery: Delivery) async throws { try await consuming.reject(delivery.tag, requeue: false) }

    func giveBack(_ delivery: Delivery) async throws { try await consuming.reject(delivery.tag, requeue: true) }

    func close() async { await connection.close() }
}
