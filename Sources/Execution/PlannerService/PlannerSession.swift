import Brokers
import Campaigns
import Logging
import Planners
import ServiceLifecycle

/// One planner's work over one link: recovers, then learns and refills until the campaign has ended or the link is lost.
///
/// Every step records first, in the ledger, and acts then; whatever it had recorded and not done, the next recovery does.
struct PlannerSession {
    let campaign: Campaign
    let planner: any Planner
    let link: any PlannerLink
    let ledger: Ledger
    let name: String
    let withdrawsAtStop: Bool
    let surroundings: Surroundings
    let logger: Logger
    let observe: @Sendable (PlannerService.Progress) -> Void

    var state = CampaignState()
    /// How far the ledger is folded into the state; operators append to it too.
    var sequence: Int64 = 0
    /// Orders that came by the ledger or the inbox, each taken once.
    var ordersTaken: Set<EventID> = []
    /// Orders that came by the ledger, and of which the feed does not tell yet.
    private var untold: [Event] = []
    /// Orders that came by the ledger since the last step.
    private var newOrders: [Event] = []
    private var depth: QueueDepth?
    /// The capabilities whose queues this planner has made sure of.
    var opened: Set<Capability> = []
    private var saidBlocked = false
    /// Whether the campaign had ended when this planner took it up.
    private var hadEnded = false
    /// The queues in which jobs seem to be missing.
    var shortages: [Capability?: Shortage] = [:]
    var troublesSaid: Set<Explanation.Trouble> = []
    private var patience = IdlePatience()

    init(
        campaign: Campaign, planner: any Planner, link: any PlannerLink, ledger: Ledger, name: String,
        withdrawsAtStop: Bool, surroundings: Surroundings, logger: Logger,
        observe: @escaping @Sendable (PlannerService.Progress) -> Void
    ) {
        self.campaign = campaign
        self.planner = planner
        self.link = link
        self.ledger = ledger
        self.name = name
        self.withdrawsAtStop = withdrawsAtStop
        self.surroundings = surroundings
        self.logger = logger
        self.observe = observe
    }

    private enum Signal: Sendable {
        case parcel(Parcel)
        case inboxEnded(any Error)
        case tick
        case shutdown
    }

    /// Runs the session, after a trouble that had ended the last one; `recovered` is called when its first plans are published. Returns when the
    /// campaign has ended, or at a shutdown.
    mutating func run(after trouble: String?, recovered: () -> Void) async throws {
        let signals = Signals<Signal>()
        let (inbox, sleep) = (link.inbox, surroundings.sleep)
        try await recover(after: trouble)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await signals.forward(
                        inbox, as: { .parcel($0) }, end: { .inboxEnded($0 ?? BrokerError.linkClosed) })
                }
                group.addTask {
                    while !Task.isCancelled {
                        try await sleep(.seconds(1))
                        signals.send(.tick)
                    }
                }
                defer { group.cancelAll() }
                if hadEnded || state.reasonToEnd(campaign, now: surroundings.now(), planner: name) != nil {
                    try await takeInLateResults(signals)
                }
                try await maintain(fresh: true)
                recovered()
                while !state.isFinished {
                    guard try await step(await signals.next()) else {
                        if withdrawsAtStop { try await withdrawAll(reason: "the planner stops") }
                        break
                    }
                }
            }
        } onGracefulShutdown: {
            signals.send(.shutdown)
        }
    }

    /// Takes what came after the campaign's end, until nothing has come for a second.
    private mutating func takeInLateResults(_ signals: Signals<Signal>) async throws {
        var isQuiet = false
        while !isQuiet {
            let new = await signals.next()
            try Task.checkCancellation()
            let parcels = new.compactMap { if case .parcel(let parcel) = $0 { parcel } else { nil } }
            try await receive(parcels)
            isQuiet = parcels.isEmpty
        }
    }

    /// Takes what has come; false at a shutdown.
    private mutating func step(_ signals: [Signal]) async throws -> Bool {
        try Task.checkCancellation()
        var parcels: [Parcel] = []
        var ticked = false
        var ending: (any Error)?
        for signal in signals {
            switch signal {
            case .parcel(let parcel): parcels.append(parcel)
            case .inboxEnded(let error): ending = error
            case .tick: ticked = true
            case .shutdown: return false
            }
        }
        if ticked {
            let waiting = try await link.requireQueues()
            if patience.isOver(ready: parcels.isEmpty ? waiting : 0) {
                throw BrokerError.queueGone(name: "the reader of \(Topology.inbox(campaign.name))")
            }
        }
        if ticked { try await takeLedgerOrders() }
        var news = try await receive(parcels)
        if let ending { throw ending }
        if ticked { news += try await callOverdue() }
        news += newOrders
        newOrders = []
        try await maintain(fresh: news.contains { $0.body.callsForFreshPlans })
        return true
    }

    mutating func take(_ event: Event) {
        if case .opened = event.body { hadEnded = state.isFinished }
        state.apply(event)
        if event.body.isOrder { ordersTaken.insert(event.id) }
    }

    /// Takes what operators on this machine put into the ledger, each order once; the feed is yet to be told.
    mutating func take(orders: [Event]) {
        for order in orders where !ordersTaken.contains(order.id) {
            take(order)
            untold.append(order)
            newOrders.append(order)
        }
    }

    /// Tells the feed of events, and before them of the orders that stand before them in the ledger: whoever follows the feed sees both in the
    /// same order.
    mutating func tell(_ events: [Event]) async throws {
        try await link.publish(untold + events)
        untold = []
    }

    /// Commits events to the ledger, and folds the new ones into the state.
    @discardableResult
    mutating func record(_ events: [Event], unconfirmed: [JobID] = []) async throws -> [Event] {
        guard !events.isEmpty else { return [] }
        let recorded = try await ledger.record(events, unconfirmed: unconfirmed, after: sequence)
        let (news, shared) = (recorded.news, state.sharedNames)
        sequence = recorded.last
        take(orders: recorded.orders)
        for event in news { take(event) }
        for worker in state.sharedNames.subtracting(shared).sorted() {
            logger.warning("\(CampaignState.words(forShared: worker))")
        }
        return news
    }

    /// Records events of this planner, and publishes them.
    @discardableResult
    mutating func announce(_ bodies: [Event.Body]) async throws -> [Event] {
        let events = bodies.map { event(surroundings.identity(), $0) }
        try await record(events)
        try await tell(events)
        return events
    }

    /// Records and publishes jobs. Those of which no confirm came are looked into at the next recovery.
    mutating func publish(_ jobs: [Job]) async throws {
        let events = jobs.map { event($0.publicationID, .published($0)) }
        try await record(events, unconfirmed: jobs.map(\.id))
        try await tell(events)
        if !events.isEmpty { try await ledger.confirm() }
    }

    func event(_ id: EventID, _ body: Event.Body) -> Event {
        Event(id: id, campaign: campaign.name, time: surroundings.now(), body: body)
    }

    /// Brings the queue to what the state asks for: full, empty while the campaign is paused, or empty for good.
    private mutating func maintain(fresh: Bool) async throws {
        guard try await !isBlocked() else { return }
        for case let only? in WorkQueues.order(state.capabilities.subtracting(opened)) { try await open(only) }
        let queues = try await WorkQueues(opened) { try await link.depth(for: $0) }
        try await writeOffLostJobs(queues)
        if case .running = state.phase, state.failuresInRow >= campaign.workers.pauseAfterFailures {
            let reason =
                "\(state.failuresInRow) measurements in a row failed; the last: \(state.lastFailure ?? "unknown")"
            logger.error("paused: \(reason)")
            try await announce([.paused(.init(by: name, reason: reason))])
        }
        if let reason = state.reasonToEnd(campaign, now: surroundings.now(), planner: name) {
            try await withdraw(
                from: queues.all, while: { _ in true }, reason: "the campaign ends: \(reason.reason)"
            ) { _ in false }
            let kept = state.pendingJobs.filter { !$0.status.circulates }
            try await withdraw(kept.map(\.job.id), reason: "the campaign ends: \(reason.reason)")
            if state.pending.isEmpty { try await announce([.finished(reason)]) }
        } else if case .running = state.phase {
            try await rescueStranded(queues)
            try await publish(
                state.pendingJobs.filter { $0.status == .released }.map(\.job)
                    .map { $0.again(for: queues.queue(for: $0.parameters)) })
            depth = try await refill(queues, fresh: fresh).total
        } else {
            try await withdrawAll(reason: "the campaign is paused")
        }
        observe(.init(state: state, depth: depth))
    }

    private mutating func isBlocked() async throws -> Bool {
        guard let reason = link.blocked else {
            if saidBlocked {
                logger.notice("the broker takes messages again")
                try await ledger.note(condition("plans"))
            }
            saidBlocked = false
            return false
        }
        if !saidBlocked {
            logger.warning("the broker takes no messages (\(reason)); waiting")
            try await ledger.note(condition("waits: the broker takes no messages (\(reason))", isTrouble: true))
        }
        saidBlocked = true
        return true
    }

    /// Makes sure of the queue of some workers; true if it was missing.
    @discardableResult
    mutating func open(_ only: Capability) async throws -> Bool {
        opened.insert(only)
        return try await link.open(only)
    }

    func condition(_ words: String, isTrouble: Bool = false) -> Ledger.Condition {
        .init(words: words, isTrouble: isTrouble, since: surroundings.now())
    }
}
