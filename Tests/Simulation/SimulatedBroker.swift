import AMQP
import Brokers
import Campaigns
import Capacity

/// The embedded broker as one life sees it: over a network that delays, cuts, and keeps silent.
struct SimulatedBroker: Broker {
    let world: World
    let life: Life
    /// Whether this worker says only what becomes of its jobs.
    var isSilent = false

    func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink {
        try await reach("opens")
        let inner = try await world.broker.openPlanner(campaign, as: planner, wait: wait, standby: standby)
        let close: @Sendable () async -> Void = { [world, life] in
            world.state.withLock { if $0.holder?.life === life { $0.holder = nil } }
            await inner.close()
        }
        guard life.isAlive else {
            await inner.close()
            throw Killed()
        }
        life.opened(close)
        world.opened(inner, life)
        world.state.withLock { $0.holder = (life, inner) }
        world.note("\(life.name) holds the campaign")
        return SimulatedPlannerLink(world: world, life: life, inner: inner)
    }

    func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink {
        try await reach("opens")
        let inner = try await world.broker.openWorker(campaign, as: worker, for: queue, announcing: presence)
        life.opened { await inner.close() }
        return SimulatedWorkerLink(
            world: world, life: life, inner: inner, isSilent: isSilent,
            jobs: world.slowed(inner.jobs, for: life) { [world, life] delivery in
                world.state.withLock { $0.watch.inHand[life.number] = [delivery] }
            })
    }

    private func reach(_ what: String) async throws {
        try await world.point(life, what, mayCut: false)
        if world.scheduler.now < world.state.withLock(\.brokerReturns) {
            throw AMQPError.connectionLost(reason: "the simulated broker is down")
        }
    }

    func send(orders: [Event], to campaign: CampaignName) async throws {
        try await world.broker.send(orders: orders, to: campaign)
    }
    func send(results: [Event], to campaign: CampaignName) async throws {
        try await world.broker.send(results: results, to: campaign)
    }
    func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error> {
        try await world.broker.feed(of: campaign, follow: follow)
    }
    func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth {
        try await world.broker.depth(of: campaign, for: queue)
    }
    func isPlanned(_ campaign: CampaignName) async throws -> Bool { try await world.broker.isPlanned(campaign) }
    func remove(_ campaign: CampaignName) async throws { try await world.broker.remove(campaign) }
}

extension World {
    /// A planner's inbox, as it arrives.
    func inbox(
        of link: any PlannerLink, for life: Life, through reader: Reader
    ) -> AsyncThrowingStream<Delivery, any Error> {
        slowed(link.inbox, for: life, through: reader) { [self] delivery in
            if sabotage == .acknowledgesBeforeRecord { try? await link.acknowledge([delivery]) }
        }
    }

    /// What the broker sends, as it arrives: later, but in its order. The end of the connection arrives late too.
    func slowed(
        _ stream: AsyncThrowingStream<Delivery, any Error>, for life: Life, through reader: Reader? = nil,
        sent: @escaping @Sendable (Delivery) async -> Void
    ) -> AsyncThrowingStream<Delivery, any Error> {
        let (slow, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        Task(executorPreference: scheduler) { [self] in
            var last: Error?
            do {
                for try await delivery in stream {
                    await sent(delivery)
                    if strikes(.delay, 0.3) { try? await scheduler.sleep(.seconds(uniform(0...0.02))) }
                    try await waitWhilePaused(life)
                    if reader?.loses(forgotten: strikes(.forget, 0.01)) ?? false { continue }
                    continuation.yield(await sabotaged(delivery, for: life))
                }
            } catch {
                last = error
            }
            if strikes(.delay, 0.3) { try? await scheduler.sleep(.seconds(uniform(0...2))) }
            continuation.finish(throwing: last)
        }
        return slow
    }

    /// The delivery, or what a planner that counts a duplicate, or a worker that forgets deliveries, makes of it.
    private func sabotaged(_ delivery: Delivery, for life: Life) async -> Delivery {
        if sabotage == .forgetsDeliveries, delivery.source == .work {
            return Delivery(
                id: delivery.id, topic: delivery.topic, body: delivery.body, earlierDeliveries: 0, source: .work,
                tag: delivery.tag)
        }
        guard sabotage == .countsDuplicate, delivery.source == .inbox,
            delivery.redelivered || delivery.topic == "measured",
            state.withLock({ $0.watch.recorded.contains(delivery.id) }),
            case .measured(let measurement)? = try? delivery.event(of: campaign.name).body,
            let other = state.withLock({ $0.watch.activeAccount?.fold.pending.first { $0 != measurement.job } })
        else { return delivery }
        let forged = Event(
            id: "\(delivery.id)-again", campaign: campaign.name, time: scheduler.now,
            body: .measured(
                .init(
                    job: other, worker: measurement.worker, values: measurement.values, began: measurement.began,
                    ended: measurement.ended)))
        guard let body = try? forged.json() else { return delivery }
        return Delivery(
            id: forged.id, topic: delivery.topic, body: body, earlierDeliveries: delivery.earlierDeliveries,
            source: delivery.source, tag: delivery.tag)
    }
}
