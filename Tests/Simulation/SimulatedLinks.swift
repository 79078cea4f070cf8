import AMQP
import Brokers
import Campaigns
import Synchronization

/// A planner's end: anything may befall it before and after each call.
struct SimulatedPlannerLink: PlannerLink {
    let world: World
    let life: Life
    let inner: any PlannerLink
    let inbox: AsyncThrowingStream<Delivery, any Error>
    private let reader = Reader()

    init(world: World, life: Life, inner: any PlannerLink) {
        (self.world, self.life, self.inner) = (world, life, inner)
        inbox = world.inbox(of: inner, for: life, through: reader)
    }

    var made: Set<CampaignQueue> { inner.made }
    var blocked: String? { nil }

    func publish(_ events: [Event]) async throws {
        guard !events.isEmpty else { return }
        try await world.point(
            life, "publishes \(events.map(\.body.traced).joined(separator: ", "))",
            mayCut: world.sabotage != .ignoresFence)
        try await refuse(events)
        if world.sabotage == .ignoresFence, let link = world.state.withLock({ $0.holder?.link }) {
            try await link.publish(events)
        } else {
            try await inner.publish(events)
        }
        world.published(events, by: life)
        try await world.done(life, "published")
    }

    /// Some events pass, the next reaches the feed alone or nothing at all, and the broker refuses it.
    private func refuse(_ events: [Event]) async throws {
        guard world.strikes(.refuse, 0.01) else { return }
        let passed = world.pick(0..<events.count)
        try await inner.publish(Array(events[..<passed]))
        world.published(Array(events[..<passed]), by: life)
        if world.mayLoseJobs, world.chance(0.5) { try await inner.restore([events[passed]]) }
        if world.sabotage == .trustsRefusal { return }
        world.state.withLock { $0.watch.refused.formUnion(events[passed...].compactMap(\.body.job)) }
        await world.check()
        throw AMQPError.refused(exchange: "simulated", key: "")
    }

    func restore(_ events: [Event]) async throws {
        guard !events.isEmpty else { return }
        try await world.point(life, "restores")
        try await inner.restore(events)
        try await world.done(life, "restored")
    }

    func open(_ only: Capability) async throws -> Bool {
        try await world.point(life, "opens the queue for \(only)")
        return try await inner.open(only)
    }

    func getJob(for queue: WorkQueue) async throws -> Delivery? {
        try await world.point(life, "takes")
        let delivery = try await inner.getJob(for: queue)
        if world.sabotage == .withdrawsWithoutRecord, let delivery { try await inner.acknowledge([delivery]) }
        try await world.done(life, "took \(delivery?.id ?? "nothing")")
        return delivery
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        guard !deliveries.isEmpty else { return }
        try await world.point(life, "acknowledges")
        for delivery in deliveries where delivery.source == .inbox { world.acknowledged(delivery, by: life) }
        try await inner.acknowledge(deliveries)
        try await world.done(life, "acknowledged")
    }

    func deadLetter(_ delivery: Delivery, reason: String) async throws {
        try await world.point(life, "buries \(delivery.id): \(reason)")
        world.violated("a good message was buried: \(reason)")
    }

    func depth(for queue: WorkQueue) async throws -> QueueDepth {
        try await world.point(life, "counts")
        return try await inner.depth(for: queue)
    }

    func unacknowledged(for queue: WorkQueue) async -> Int? {
        if world.sabotage == .takesSilenceForLoss { return 0 }
        return world.tellsUnacknowledged ? await inner.unacknowledged(for: queue) : nil
    }

    func requireQueues() async throws -> Int {
        try await world.point(life, "looks for the feed")
        return try await inner.requireQueues() + reader.lost
    }

    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay {
        try await world.point(life, "replays")
        let replay = try await inner.replay(from: position, until: marker)
        try await world.point(life, "replayed")
        return replay
    }

    func renewed() async throws -> any PlannerLink {
        life.unsteady()
        try await world.point(life, "renews its link")
        let fresh = try await inner.renewed()
        world.opened(fresh, life)
        world.state.withLock { state in
            if state.holder?.life === life { state.holder = (life, fresh) }
        }
        return SimulatedPlannerLink(world: world, life: life, inner: fresh)
    }

    func close() async {
        guard life.isAlive else { return }
        await life.closeLinks()
        await inner.close()
    }
}

/// Whether the broker still hands over what comes into an inbox. After a kill -9 RabbitMQ can forget a reader, and not say so.
final class Reader: Sendable {
    private let state = Mutex<Int?>(nil)

    /// How many messages it has not got.
    var lost: Int { state.withLock { $0 ?? 0 } }

    /// Whether it does not get a message: none, once it is forgotten.
    func loses(forgotten: Bool) -> Bool {
        state.withLock { lost in
            guard forgotten || lost != nil else { return false }
            lost = (lost ?? 0) + 1
            return true
        }
    }
}

/// A worker's end: anything may befall it before and after each call.
struct SimulatedWorkerLink: WorkerLink {
    let world: World
    let life: Life
    let inner: any WorkerLink
    let isSilent: Bool
    let jobs: AsyncThrowingStream<Delivery, any Error>

    func depth() async throws -> QueueDepth {
        try await world.point(life, "counts")
        return try await inner.depth()
    }

    func stopDeliveries() async throws {
        try await world.point(life, "wants no more jobs")
        try await inner.stopDeliveries()
        try await world.done(life, "gets no more jobs")
    }

    func publish(_ event: Event) async throws {
        if isSilent, !event.body.endsJob { return }
        try await world.point(life, "publishes \(event.body.type) \(event.body.job?.rawValue ?? "")")
        if case .measured = event.body, !world.state.withLock({ $0.watch.contents.contains(event.id) }) {
            world.violated("\(life.name) publishes the result \(event.id), which it has not kept")
        }
        if world.sabotage == .acknowledgesBeforeConfirm, event.body.endsJob, let job = event.body.job {
            for delivery in world.state.withLock({ $0.watch.inHand[life.number] ?? [] })
            where delivery.id.hasPrefix(job.rawValue) {
                try? await inner.acknowledge(delivery)
            }
            try await world.point(life, "has acknowledged too early")
        }
        if world.strikes(.duplicate, 0.02) { try await inner.publish(event) }
        try await inner.publish(event)
        world.said(event)
        try await world.done(life, "published")
    }

    func acknowledge(_ delivery: Delivery) async throws {
        try await world.point(life, "acknowledges \(delivery.id)")
        if let job = world.state.withLock({ $0.watch.jobs[delivery.id] }) { world.ended(job, delivery, by: life) }
        try await inner.acknowledge(delivery)
        try await world.done(life, "acknowledged")
    }

    func refuse(_ delivery: Delivery) async throws {
        world.violated("a worker refused a good job")
        try await inner.refuse(delivery)
    }

    func giveBack(_ delivery: Delivery) async throws {
        life.gaveBack()
        try await world.point(life, "gives back \(delivery.id)")
        try await inner.giveBack(delivery)
        try await world.done(life, "gave back")
    }

    func close() async {
        guard life.isAlive else { return }
        // A worker that was told to stop, and was not hindered, leaves nothing to be delivered a second time.
        if life.stopsPolitely, let job = world.broker.unacknowledged(by: inner).first {
            world.violated("\(life.name) was told to stop, and leaves \(job) to be delivered again")
        }
        await life.closeLinks()
        await inner.close()
    }
}

extension Event.Body {
    /// It in a trace: what it is about.
    fileprivate var traced: String {
        guard case .published(let job) = self, let samples = job.samples else {
            return "\(type) \(job?.rawValue ?? "")"
        }
        return "\(type) \(job.id) of \(samples.map(\.job.rawValue).joined(separator: " "))"
    }

    /// Whether a job may be acknowledged after it.
    var endsJob: Bool {
        switch self {
        case .measured, .failed, .held, .returned, .claimed: true
        default: false
        }
    }
}
