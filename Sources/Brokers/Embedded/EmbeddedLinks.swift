import Campaigns

/// The planner's link to an embedded broker.
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
        guard broker.with(campaign, { $0.feed.isThere }) else {
            throw BrokerError.queueGone(name: "the feed of \(campaign)")
        }
        // What comes is handed over at once.
        return 0
    }

    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay {
        let feed = broker.with(campaign) { $0.feed.deliveries }
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

/// A worker's link to an embedded broker.
struct EmbeddedWorkerLink: WorkerLink {
    let broker: EmbeddedBroker
    let campaign: CampaignName
    let link: UInt64
    let jobs: AsyncThrowingStream<Delivery, any Error>

    func publish(_ event: Event) async throws {
        try await broker.tell([event], to: campaign) { try $0.requireWorker(link) }
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
