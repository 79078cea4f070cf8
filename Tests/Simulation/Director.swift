import Brokers
import Campaigns
import Capacity
import EventStore
import Logging
import PlannerService
@_spi(TestKit) import ServiceLifecycle
import Surrogates
import Synchronization
import WorkerService

/// Starts the parties of a schedule, lets things befall them for a while, and then wants to see the campaign end.
final class Director: Sendable {
    let world: World
    let planners: [PlannerParty]
    let workers: [WorkerParty]
    /// Whether somebody claims jobs, and leaves.
    let hasBench: Bool
    let faultsUntil: Double
    /// Whether the feed may be deleted in this schedule. Its planner must keep its disk then: one of both has to be there.
    let losesFeed: Bool
    /// Whether the work queue may be deleted in this schedule.
    let losesWork: Bool
    /// Whether planners that start anew may bring another range of the campaign's parameter.
    let changesSpace: Bool
    private let seed: UInt64
    let lives = Mutex<[Life]>([])
    private let isEnding = Mutex(false)
    let managers = Mutex<[Int: GracefulShutdownManager]>([:])
    private let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    /// A planner's host: its disk outlives it.
    final class PlannerParty: Sendable {
        let name: String
        let ledger: Mutex<Ledger?>
        let hasEnded = Mutex(false)
        init(_ name: String, _ ledger: Ledger?) {
            self.name = name
            self.ledger = Mutex(ledger)
        }
    }

    /// A worker's host.
    struct WorkerParty: Sendable {
        let name: String
        /// What it can measure, if not everything.
        let only: Capability?
        /// Whether it says nothing but what becomes of a job, and may take minutes for one.
        let isSilent: Bool
        let shelf = Shelf()
    }

    init(world: World, seed: UInt64, random: inout RandomNumbers) {
        self.world = world
        self.seed = seed
        var apart = RandomNumbers(seed: seed, 4)
        changesSpace = apart.unit() < 0.25
        hasBench = apart.unit() < 0.4
        planners = (0..<Int.random(in: 1...2, using: &random)).map { PlannerParty("planner-\($0)", world.newLedger()) }
        workers = (0..<Int.random(in: 1...3, using: &random)).map { number in
            let isLimited = Int.random(in: 0...3, using: &random) == 0
            return WorkerParty(
                name: "worker-\(number)", only: isLimited ? Capability(["x": .range(low: 0, high: 0.5)]) : nil,
                isSilent: Int.random(in: 0...3, using: &random) == 0)
        }
        losesFeed = planners.count == 1 && Int.random(in: 0...2, using: &random) == 0
        losesWork = Int.random(in: 0...3, using: &random) == 0 && world.tellsUnacknowledged
        faultsUntil = world.scheduler.now + 1 + 19 * random.unit()
    }

    /// What the ledger of the planner that holds the campaign says; while none does, the one that was first to be started.
    var fold: CampaignState {
        world.state.withLock { state in
            let name = state.holder?.life.name ?? planners[0].name
            return state.watch.ledgers[name]?.fold ?? CampaignState()
        }
    }

    var whereItStands: String {
        let fold = fold
        return
            "\(fold.measured) measured, \(fold.pending.count) pending, \(fold.held.count) held, \(fold.phase.word); \(world.broker.census(of: world.campaign.name))"
    }

    func direct() async {
        for party in planners { start(party, after: planners[0] === party ? 0 : world.uniform(0...5)) }
        for party in workers { start(party, after: world.uniform(0...1)) }
        if hasBench { startBench(after: world.uniform(0...3)) }
        let operating = Task(executorPreference: world.scheduler) { await self.operate() }
        while world.scheduler.now < faultsUntil, !world.isOver {
            try? await world.scheduler.sleep(.seconds(world.uniform(0...1.5)))
            await befall()
        }
        world.state.withLock { $0.isFaulty = false }
        world.note("from here on nothing goes wrong")
        closeBench()
        let patience = world.scheduler.now + 1800
        while !world.isOver, !planners.allSatisfy({ $0.hasEnded.withLock { $0 } }) {
            if world.scheduler.now > patience {
                return world.violated("the campaign does not end: \(whereItStands)")
            }
            try? await world.scheduler.sleep(.seconds(0.5))
        }
        operating.cancel()
        // Before a recovery can tell it.
        if let ended = planners.lazy.compactMap({ party in self.world.state.withLock { $0.watch.ledgers[party.name] } })
            .first(where: \.fold.isFinished), let words = world.untold(ended.eventsAtEnd)
        {
            world.violated("when the campaign has ended \(words)")
        }
        // Whoever has a result left delivers it; then somebody starts the planner once more, to see what came of it. Where the work queue is
        // gone, no worker can do that before a planner has made it anew.
        guard let last = planners.first else { return }
        for _ in 0..<(world.state.withLock(\.watch.losesWork) ? 2 : 1) {
            await waitForDeliveries()
            guard !world.isOver else { return }
            last.hasEnded.withLock { $0 = false }
            start(last, after: 0)
            while !world.isOver, !last.hasEnded.withLock({ $0 }) {
                if world.scheduler.now > patience + 1200 { return world.violated("the last planner does not end") }
                try? await world.scheduler.sleep(.seconds(0.5))
            }
        }
        await verify(last.name)
    }

    /// Waits until no worker has measured anything for some seconds, nor has a result left; for five minutes at most, since a
    /// silent one may take three.
    private func waitForDeliveries() async {
        let most = world.scheduler.now + 300
        var quietSince = world.scheduler.now
        while !world.isOver, !Task.isCancelled, world.scheduler.now < min(most, quietSince + 5) {
            try? await world.scheduler.sleep(.seconds(0.5))
            if world.state.withLock(\.measuring) > 0 || workers.contains(where: { !$0.shelf.kept.isEmpty }) {
                quietSince = world.scheduler.now
            }
        }
    }

    /// What must be true in the end.
    private func verify(_ planner: String) async {
        let census = world.broker.census(of: world.campaign.name)
        let watch = world.state.withLock(\.watch)
        guard watch.violation == nil, let account = watch.ledgers[planner] else { return }
        let fold = account.fold
        let most = (fold.definition ?? world.campaign).budget.measurements ?? 0
        if let lost = watch.contents.union(watch.confirmed).subtracting(account.events).min() {
            world.violated("in the end the ledger lacks the result \(lost), which a worker had")
        } else if !fold.isFinished || !fold.pending.isEmpty {
            world.violated(
                "in the end the campaign is \(fold.phase.word) with \(fold.pending.count) pending")
        } else if !census.inbox.isEmpty || !census.ready.isEmpty {
            world.violated("in the end the queues are not empty: \(census)")
        } else if let name = fold.sharedNames.min() {
            world.violated("two workers were taken to be called \(name)")
        } else if let words = await world.disagreement(ofFeedWith: account) {
            world.violated("in the end \(words)")
        } else if fold.measured < most {
            world.violated("in the end \(fold.measured) of \(most) are measured")
        }
    }

    /// Ends every life for good.
    func end() {
        isEnding.withLock { $0 = true }
        for life in lives.withLock({ $0 }) {
            _ = life.die()
            Task(executorPreference: world.scheduler) { await life.closeLinks() }
        }
        world.scheduler.cancelTimers()
    }

    // MARK: Lives

    func begin(_ name: String) -> Life {
        lives.withLock { lives in
            let life = Life(name, lives.count)
            lives.append(life)
            return life
        }
    }

    private func start(_ party: PlannerParty, after pause: Double) {
        guard let ledger = party.ledger.withLock({ $0 }) else { return world.violated("no ledger could be made") }
        world.state.withLock { state in
            if state.watch.ledgers[party.name] == nil { state.watch.ledgers[party.name] = .init(ledger: ledger) }
        }
        let life = begin(party.name)
        let dependencies = world.dependencies(of: life)
        let (campaign, high) = definition(of: life)
        let service = PlannerService(
            campaign: campaign,
            planner: SimulatedPlanner(
                initial: campaign.initialDesignSize, high: high,
                temperatures: campaign.batches == nil ? [] : campaign.temperatures),
            broker: SimulatedBroker(world: world, life: life), ledger: ledger.on(dependencies.offloading),
            name: "\(life.name)#\(life.number)", withdrawsAtStop: world.chance(0.5), dependencies: dependencies,
            logger: logger, observe: { [world] _ in world.steady(life) })
        live(life, service, after: pause) { [self] ended in
            if ended {
                party.hasEnded.withLock { $0 = true }
                return
            }
            // A host that is lost altogether comes back without its ledger; what everybody knows is in the feed.
            if !losesFeed, world.tellsUnacknowledged, world.strikes(.newDisk, 0.1) {
                party.ledger.withLock { $0 = world.newLedger() }
                world.state.withLock { $0.watch.ledgers[party.name] = nil }
            }
            start(party, after: world.uniform(0.05...3))
        }
    }

    /// The definition that a planner's life follows, and the upper end of its range: the campaign's, or a narrower one.
    private func definition(of life: Life) -> (Campaign, high: Double) {
        var random = RandomNumbers(seed: seed, 5, life.number)
        guard changesSpace, random.unit() < 0.5 else { return (world.campaign, 1) }
        life.narrow(to: Self.narrow)
        var campaign = world.campaign
        campaign.space = campaign.space(to: Self.narrow)
        return (campaign, Self.narrow)
    }

    static let narrow = 0.6

    private func start(_ party: WorkerParty, after pause: Double) {
        let life = begin(party.name)
        let service = WorkerService(
            campaign: world.campaign.name, name: party.name,
            broker: SimulatedBroker(world: world, life: life, isSilent: party.isSilent),
            instrument: SimulatedInstrument(world: world, life: life, only: party.only, isSilent: party.isSilent),
            only: party.only,
            outbox: SimulatedSpool(world: world, life: life, shelf: party.shelf),
            stopLimit: world.chance(0.5) ? .seconds(1) : nil, dependencies: world.dependencies(of: life), logger: logger
        )
        live(life, service, after: pause) { [self] _ in start(party, after: world.uniform(0.05...3)) }
    }

    /// Somebody who comes, claims a job, and leaves; and comes again.
    private func startBench(after pause: Double) {
        let life = begin(Self.bench)
        let claimant = Claimant(lease: .seconds(world.uniform(1...12)), now: { [world] in world.scheduler.now }) {
            _ = self.world.strikes(.claim, 1)
            life.tell()
            self.managers.withLock { $0[life.number] }?.shutdownGracefully()
        }
        let service = WorkerService(
            campaign: world.campaign.name, name: life.name, broker: SimulatedBroker(world: world, life: life),
            instrument: claimant, dependencies: world.dependencies(of: life), logger: logger)
        live(life, service, after: pause) { [self] _ in
            if world.state.withLock(\.isFaulty) { startBench(after: world.uniform(1...10)) }
        }
    }

    /// Nobody comes any more: a job that is held after its lease waits for a person, and in the end there is none.
    private func closeBench() {
        for life in alive where life.name == Self.bench {
            life.tell()
            managers.withLock { $0[life.number] }?.shutdownGracefully()
        }
    }

    private static let bench = "bench"

    /// Runs a service as a life; `over` is told whether it ended of itself, with nothing wrong.
    private func live(
        _ life: Life, _ service: some Service, after pause: Double, over: @escaping @Sendable (Bool) async -> Void
    ) {
        let manager = GracefulShutdownManager()
        managers.withLock { $0[life.number] = manager }
        let world = world
        let task = Task(executorPreference: world.scheduler) {
            if pause > 0 { try? await world.scheduler.sleep(.seconds(pause)) }
            world.note("\(life.name) starts")
            var ended = false
            do {
                try await TaskLocals.$gracefulShutdownManager.withValue(manager) { try await service.run() }
                ended = life.isAlive && !(self.managers.withLock { $0[life.number] == nil })
                world.note("\(life.name) is over")
            } catch {
                world.note("\(life.name) ends with \(error)")
            }
            await life.closeLinks()
            _ = life.die()
            if !self.isEnding.withLock({ $0 }) { await over(ended) }
        }
        life.become(task)
    }

    var alive: [Life] { lives.withLock { $0.filter(\.isAlive) } }
}
