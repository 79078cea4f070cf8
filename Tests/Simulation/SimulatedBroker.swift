import AMQP
import Brokers
import Campaigns

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
        _ campaign: CampaignName, as worker: String, for only: Capability?, announcing presence: Event?
    ) async throws -> any WorkerLink {
        try await reach("opens")
        let inner = try await world.broker.openWorker(campaign, as: worker, for: only, announcing: presence)
        life.opened { await inner.close() }
        return SimulatedWorkerLink(
            world: world, life: life, inner: inner, isSilent: isSilent,
            jobs: world.slowed(inner.jobs, for: life) { [world, life] parcel in
                world.state.withLock { $0.watch.inHand[life.number] = [parcel] }
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
    func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Parcel, any Error> {
        try await world.broker.feed(of: campaign, follow: follow)
    }
    func depth(of campaign: CampaignName, for only: Capability?) async throws -> QueueDepth {
        try await world.broker.depth(of: campaign, for: only)
    }
    func isPlanned(_ campaign: CampaignName) async throws -> Bool { try await world.broker.isPlanned(campaign) }
    func remove(_ campaign: CampaignName) async throws { try await world.broker.remove(campaign) }
}

extension World {
    /// A planner's inbox, as it arrives.
    func inbox(
        of link: any PlannerLink, for life: Life, through reader: Reader
    ) -> AsyncThrowingStream<Parcel, any Error> {
        slowed(link.inbox, for: life, through: reader) { [self] parcel in
            if sabotage == .acknowledgesBeforeRecord { try? await link.acknowledge([parcel]) }
        }
    }

    /// What the broker sends, as it arrives: later, but in its order. The end of the connection arrives late too.
    func slowed(
        _ stream: AsyncThrowingStream<Parcel, any Error>, for life: Life, through reader: Reader? = nil,
        sent: @escaping @Sendable (Parcel) async -> Void
    ) -> AsyncThrowingStream<Parcel, any Error> {
        let (slow, continuation) = AsyncThrowingStream.makeStream(of: Parcel.self)
        Task(executorPreference: scheduler) { [self] in
            var last: Error?
            do {
                for try await parcel in stream {
                    await sent(parcel)
                    if strikes(.delay, 0.3) { try? await scheduler.sleep(.seconds(uniform(0...0.02))) }
                    try await waitWhilePaused(life)
                    if reader?.loses(forgotten: strikes(.forget, 0.01)) ?? false { continue }
                    continuation.yield(await sabotaged(parcel, for: life))
                }
            } catch {
                last = error
            }
            if strikes(.delay, 0.3) { try? await scheduler.sleep(.seconds(uniform(0...2))) }
            continuation.finish(throwing: last)
        }
        return slow
    }

    /// The parcel, or what a planner that counts a duplicate, or a worker that forgets deliveries, makes of it.
    private func sabotaged(_ parcel: Parcel, for life: Life) async -> Parcel {
        if sabotage == .forgetsDeliveries, parcel.source == .work {
            return Parcel(
                id: parcel.id, topic: parcel.topic, body: parcel.body, earlierDeliveries: 0, source: .work,
                tag: parcel.tag)
        }
        guard sabotage == .countsDuplicate, parcel.source == .inbox, parcel.redelivered || parcel.topic == "measured",
            state.withLock({ $0.watch.recorded.contains(parcel.id) }),
            case .measured(let measurement)? = try? parcel.event(of: campaign.name).body,
            let other = state.withLock({ $0.watch.activeAccount?.fold.pending.first { $0 != measurement.job } })
        else { return parcel }
        let forged = Event(
            id: "\(parcel.id)-again", campaign: campaign.name, time: scheduler.now,
            body: .measured(
                .init(
                    job: other, worker: measurement.worker, values: measurement.values, began: measurement.began,
                    ended: measurement.ended)))
        guard let body = try? forged.json() else { return parcel }
        return Parcel(
            id: forged.id, topic: parcel.topic, body: body, earlierDeliveries: parcel.earlierDeliveries,
            source: parcel.source, tag: parcel.tag)
    }
}
