import Brokers
import Campaigns
import Planners
import ServiceLifecycle
import ServiceRuntime

/// One planner's work over one link: recovers, then learns and refills until the campaign has ended or the link is lost.
///
/// The session is the order of its parts: ``Recovery``, ``Inbox``, ``LostJobs``, ``WorkQueueManager`` and ``Refill``, which all work on one
/// ``Journal``.
struct PlannerSession {
    private var journal: Journal
    private var queues = WorkQueueManager()
    private var inbox = Inbox()
    private var lostJobs = LostJobs()
    private var refill: Refill
    private var blockedPublishers = BlockedPublishers()
    private var stoppingCheck: StoppingCheck
    private var assembly = BatchAssembly()
    /// Why a rule ends the campaign, once it does.
    private var verdict: Event.Reason?
    /// What the queues held when they were filled last.
    private var lastDepth: QueueDepth?
    /// Whether the queues are to hold more than the last refill added.
    private var wantsMore = false
    private let withdrawsAtStop: Bool
    private let observe: @Sendable (PlannerService.Progress) -> Void

    init(
        _ journal: Journal, planner: any Planner, withdrawsAtStop: Bool,
        observe: @escaping @Sendable (PlannerService.Progress) -> Void
    ) {
        self.journal = journal
        self.withdrawsAtStop = withdrawsAtStop
        self.observe = observe
        refill = Refill(planner: planner)
        stoppingCheck = StoppingCheck(planner: planner)
    }

    private enum Signal: Sendable {
        case delivery(Delivery)
        case inboxEnded(any Error)
        case tick
        /// The queues are not full yet.
        case refill
        case shutdown
    }

    /// Runs the session, after a trouble that had ended the last one; `recovered` is called when its first plans are published. Returns when the
    /// campaign has ended, or at a shutdown.
    mutating func run(after trouble: String?, recovered: () -> Void) async throws {
        let mailbox = Mailbox<Signal>()
        let (inbox, sleep) = (journal.link.inbox, journal.dependencies.sleep)
        try await Recovery(trouble: trouble).recover(&journal, &queues)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await mailbox.forward(
                        inbox, as: { .delivery($0) }, end: { .inboxEnded($0 ?? BrokerError.linkClosed) })
                }
                group.addTask {
                    while !Task.isCancelled {
                        try await sleep(.seconds(1))
                        mailbox.send(.tick)
                    }
                }
                defer { group.cancelAll() }
                if journal.hadEnded || reasonToEnd != nil { try await receiveLateResults(mailbox) }
                try await maintain(fresh: true)
                recovered()
                while !journal.state.isFinished {
                    if wantsMore { mailbox.send(.refill) }
                    guard try await step(await mailbox.next()) else {
                        if withdrawsAtStop { try await queues.withdrawAll(reason: "the planner stops", &journal) }
                        break
                    }
                }
            }
        } onGracefulShutdown: {
            mailbox.send(.shutdown)
        }
    }

    /// Takes what came after the campaign's end, until nothing has come for a second.
    private mutating func receiveLateResults(_ mailbox: Mailbox<Signal>) async throws {
        var isQuiet = false
        while !isQuiet {
            let new = await mailbox.next()
            try Task.checkCancellation()
            let deliveries = new.compactMap { if case .delivery(let delivery) = $0 { delivery } else { nil } }
            try await inbox.receive(deliveries, &journal)
            isQuiet = deliveries.isEmpty
        }
    }

    /// Takes what has come; false at a shutdown.
    private mutating func step(_ signals: [Signal]) async throws -> Bool {
        try Task.checkCancellation()
        var deliveries: [Delivery] = []
        var ticked = false
        var ending: (any Error)?
        for signal in signals {
            switch signal {
            case .delivery(let delivery): deliveries.append(delivery)
            case .inboxEnded(let error): ending = error
            case .tick: ticked = true
            case .refill: break
            case .shutdown: return false
            }
        }
        if ticked {
            try await inbox.requireConsumer(came: !deliveries.isEmpty, journal)
            try await journal.readOrders()
        }
        var news = try await inbox.receive(deliveries, &journal)
        if let ending { throw ending }
        if ticked {
            news += try await OverdueMeasurements.announce(&journal)
            news += try await Leases.announceEnds(&journal)
        }
        news += journal.takeNewOrders()
        queues.hasSurplus = queues.hasSurplus || news.contains(where: \.body.mayLeaveSurplus)
        try await maintain(fresh: news.contains { $0.body.kind.callsForFreshPlans })
        return true
    }

    private var reasonToEnd: Event.Reason? {
        journal.state.reasonToEnd(journal.campaign, now: journal.dependencies.now(), planner: journal.planner)
            ?? verdict
    }

    /// Brings the queues to what the state asks for: full, empty while the campaign is paused, or empty for good.
    private mutating func maintain(fresh: Bool) async throws {
        wantsMore = false
        guard try await !blockedPublishers.areBlocked(journal) else { return }
        _ = try await queues.openQueues(of: journal.state.capabilities, journal.link)
        let counts = try await queues.counts(journal.link)
        try await lostJobs.close(counts, queues, &journal)
        try await pauseAfterFailures()
        try await applyStoppingRules()
        if let reason = reasonToEnd {
            try await end(reason, counts)
        } else if case .running = journal.state.phase {
            try await queues.rescueStranded(counts, &journal)
            try await queues.takeOutMisplaced(counts, &journal)
            try await publishOwed(counts)
            lastDepth = try await refill.fill(counts, fresh: fresh, queues, &journal).total
            wantsMore = refill.wantsMore
        } else {
            try await queues.withdrawAll(reason: "the campaign is paused", &journal)
        }
        observe(.init(state: journal.state, depth: lastDepth))
    }

    /// Publishes what people ask for, what was released or returned, and further jobs at the points where measurements failed by accident.
    private mutating func publishOwed(_ counts: WorkQueueCounts) async throws {
        _ = try await journal.withdrawingOutside(journal.state.released.map(\.job))
        let (released, batches) = (journal.state.released, journal.campaign.batches)
        let requested = batches == nil ? [] : released.filter { $0.job.publication == 0 }.map(\.job)
        let again = released.filter { record in !requested.contains { $0.id == record.job.id } }
        try await publish(again: again, counts)
        let due = journal.state.retriesWanted(journal.campaign)
        guard let batches else { return try await retry(due, counts) }
        let owed = requested.map(OwedExperiment.requested) + due.map(OwedExperiment.repeated)
        let (now, state) = (journal.dependencies.now(), journal.state)
        let hasPlannedAll = state.room(journal.campaign) == 0
        for batch in assembly.assemble(owed, batches, counts, state, hasPlannedAll: hasPlannedAll, now: now) {
            try await refill.publish(owed: batch.owed, sharing: batch.shared, in: batch.queue, &journal)
        }
    }

    /// Publishes once more what was published; the samples of a batch together, as far as the same workers can measure them.
    private mutating func publish(again records: [JobRecord], _ counts: WorkQueueCounts) async throws {
        try await journal.publish(
            records.map(\.job).filter { $0.batch == nil }.map { $0.republished(for: counts.queue(for: $0.parameters)) })
        for batch in records.filter({ $0.job.batch != nil }).byBatch {
            for queue in counts.queues {
                // Each has a number of its own: one after another.
                let part = batch.filter { counts.queue(for: $0.job.parameters) == queue }
                if let job = journal.state.republication(of: part, for: queue) { try await journal.publish([job]) }
            }
        }
    }

    /// Publishes further jobs at the points of jobs that failed by accident.
    private mutating func retry(_ due: [Job], _ counts: WorkQueueCounts) async throws {
        let number = journal.nextNumber
        let jobs = due.enumerated().map { offset, job in
            let id = JobID(number: number + offset, random: journal.dependencies.random())
            return job.again(as: id, for: counts.queue(for: job.parameters))
        }
        for job in jobs { journal.logger.info("job \(job.id) tries the point of \(job.repeats?.rawValue ?? "") again") }
        try await journal.publish(jobs)
    }

    private mutating func applyStoppingRules() async throws {
        guard case .running = journal.state.phase, verdict == nil, reasonToEnd == nil,
            let words = try await stoppingCheck.verdict(journal), let rules = journal.campaign.stopping
        else { return }
        let reason = Event.Reason(by: journal.planner, reason: words)
        switch rules.action {
        case .end: verdict = reason
        case .pause:
            journal.logger.notice("paused: \(words)")
            try await journal.announce([.paused(reason)])
        }
    }

    private mutating func pauseAfterFailures() async throws {
        let state = journal.state
        guard case .running = state.phase, state.failuresInRow >= journal.campaign.workers.pauseAfterFailures else {
            return
        }
        let reason = "\(state.failuresInRow) measurements in a row failed; the last: \(state.lastFailure ?? "unknown")"
        journal.logger.error("paused: \(reason)")
        try await journal.announce([.paused(.init(by: journal.planner, reason: reason))])
    }

    /// Takes back what nobody measures; the campaign has ended when nothing is pending.
    private mutating func end(_ reason: Event.Reason, _ counts: WorkQueueCounts) async throws {
        let text = "the campaign ends: \(reason.reason)"
        try await queues.withdraw(from: counts.queues, reason: text, &journal) { _, _ in false }
        let kept = journal.state.pendingJobs.filter { !$0.circulates && $0.worker == nil }
        try await journal.withdraw(kept.map(\.job.id), reason: text)
        if journal.state.pending.isEmpty { try await journal.announce([.finished(reason)]) }
    }
}

/// Whether the broker blocks publishers (connection.blocked): then the planner waits, and says so once.
private struct BlockedPublishers {
    private var isLogged = false

    mutating func areBlocked(_ journal: Journal) async throws -> Bool {
        guard let reason = journal.link.blocked else {
            if isLogged {
                journal.logger.notice("the broker accepts messages again")
                try await journal.store.note(journal.condition("planning"))
            }
            isLogged = false
            return false
        }
        if !isLogged {
            journal.logger.warning("the broker blocks publishers (\(reason)); waiting")
            try await journal.store.note(
                journal.condition("waiting: the broker blocks publishers (\(reason))", isTrouble: true))
        }
        isLogged = true
        return true
    }
}
