import Brokers
import Campaigns

/// The work queues of a campaign as their planner manages them: makes them, counts them, and takes ready jobs out of them.
struct WorkQueueManager {
    /// The capabilities whose queues this planner has made sure of.
    private(set) var opened: Set<Capability> = []
    /// What was taken out of each queue last, since people had put it into this order.
    private var reordered: [WorkQueue: [JobID]] = [:]
    /// Whether jobs may stand in a queue that people have given up or claimed; an earlier session may not have come to look.
    var hasSurplus = true

    /// Makes sure of the queue of some workers; true if it was missing.
    @discardableResult
    mutating func open(_ only: Capability, _ link: any PlannerLink) async throws -> Bool {
        opened.insert(only)
        return try await link.open(only)
    }

    /// Makes sure of the queues of all workers that announced themselves; returns those that were missing.
    mutating func openQueues(of capabilities: Set<Capability>, _ link: any PlannerLink) async throws -> Set<WorkQueue> {
        var missing: Set<WorkQueue> = []
        for queue in WorkQueue.all(for: capabilities.subtracting(opened)) {
            if let only = queue.capability, try await open(only, link) { missing.insert(queue) }
        }
        return missing
    }

    /// What the broker counts in each.
    func counts(_ link: any PlannerLink) async throws -> WorkQueueCounts {
        try await WorkQueueCounts(opened) { try await link.depth(for: $0) }
    }

    /// Takes every ready job out of every queue; what a person asked for or moved, or is tried again, is published later.
    func withdrawAll(reason: String, _ journal: inout Journal) async throws {
        let moved = Set(journal.state.pendingJobs.filter(\.isMoved).map(\.job.id))
        try await withdraw(from: WorkQueue.all(for: opened), reason: reason, &journal) {
            $1.isOwed || moved.contains($0.id)
        }
    }

    /// Takes back what is ready where nobody is there to take it, while somebody else is: what they can measure is published for them, and
    /// what the planner thought of, or tries again, gives way to something that they can. What a person asked for waits.
    func rescueStranded(_ counts: WorkQueueCounts, _ journal: inout Journal) async throws {
        guard counts.total.consumers > 0 else { return }
        for queue in counts.queues where counts[queue].ready > 0 && counts[queue].consumers == 0 {
            let stranded = journal.state.circulating(in: queue).filter { $0.status == .ready }.map(\.job)
            guard stranded.contains(where: { counts.canMeasure($0) || !$0.isRequested }) else {
                continue
            }
            try await withdraw(from: [queue], reason: "no connected worker can measure it", &journal) {
                $0.isRequested || counts.canMeasure($1)
            }
        }
    }

    /// Takes out what is ready in a queue where people put it into another order, or gave up a part of it; what is still wanted is published again, in
    /// their order.
    ///
    /// Surplus messages are looked for when a session begins, and after people gave jobs up or claimed some: at other times such a message is a job whose
    /// worker is lost and whose result has come, and the next worker's result of it is a duplicate, or a refill removes it.
    mutating func takeOutMisplaced(_ counts: WorkQueueCounts, _ journal: inout Journal) async throws {
        for queue in counts.queues where counts[queue].ready > 0 {
            let ready = journal.state.standing(in: queue, ready: counts[queue].ready)
            let (numbers, order) = (ready.map(\.publicationNumber), ready.map(\.job.id))
            let isSurplus =
                hasSurplus && counts[queue].ready > journal.state.circulating(in: queue).byMessage.count
            // What a worker has taken and not begun is not there to be taken out: once for each order.
            guard isSurplus || numbers != numbers.sorted(), reordered[queue] != order else { continue }
            reordered[queue] = order
            try await withdraw(from: [queue], reason: "people have changed the queue", &journal) { _, _ in true }
        }
        hasSurplus = false
    }

    /// Takes ready jobs out of queues, at most `most` of them. Experiments that are to be `kept` are published again later, which is asked with the job
    /// that they are of. One that lost its worker ends as another worker would end it, where its campaign does not run a job again.
    ///
    /// Recorded and published before they are acknowledged: whoever takes over from a planner that dies between the two finds them in
    /// the queue again, and as withdrawn in the feed, and takes them out the next time.
    func withdraw(
        from queues: [WorkQueue], most: Int = .max, reason: String, _ journal: inout Journal,
        kept: (_ experiment: Job, _ job: Job) -> Bool
    ) async throws {
        var taken: [Delivery] = []
        var events: [Event] = []
        for queue in queues {
            while taken.count < most, let delivery = try await journal.link.getJob(for: queue) {
                guard let job = try? delivery.job(of: journal.campaign.name) else {
                    try await journal.link.deadLetter(delivery, reason: "it is not a job")
                    continue
                }
                taken.append(delivery)
                events += Self.withdrawal(of: job, delivery, reason: reason, journal) { kept($0, job) }
            }
        }
        guard !taken.isEmpty else { return }
        try await journal.announce(events: events)
        try await journal.link.acknowledge(taken)
    }

    /// What becomes of a job that is taken out of its queue; nothing where it has ended, or circulates in a later publication.
    private static func withdrawal(
        of job: Job, _ delivery: Delivery, reason: String, _ journal: Journal, isKept: (Job) -> Bool
    ) -> [Event] {
        let records = journal.state.experiments(of: job.id).compactMap { journal.state.jobs[$0] }
        let here = records.filter { $0.circulates && $0.job.publication == job.publication }
        guard let first = here.first else { return [] }
        let (kept, others) = (here.filter { isKept($0.job) }, here.filter { !isKept($0.job) })
        let now = journal.dependencies.now()
        if delivery.redelivered, here.contains(where: { $0.status != .ready }),
            let end = first.end(
                ofLostBy: journal.planner, reason: "its worker was lost during the measurement", now: now)
        {
            return [journal.event(end)]
        }
        // Of a batch some samples may be kept, and others be elsewhere.
        let isAll = others.count == records.count { $0.status.isOpen }
        var events = (isAll ? [job.id] : others.map(\.job.id)).map { journal.withdrawal(of: $0, reason: reason) }
        guard !kept.isEmpty else { return events }
        let loss = "it was delivered before, and may have been started"
        let ends =
            delivery.redelivered
            ? kept.compactMap { $0.end(ofLostBy: journal.planner, reason: loss, now: now, alone: true) } : []
        let hold = Event.Hold(job: job.id, publication: job.publication, by: journal.planner, reason: reason)
        events += (ends.isEmpty ? [.returned(hold)] : ends).map { journal.event($0) }
        return events
    }
}
