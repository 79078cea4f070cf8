import Brokers
import Campaigns
import EventStore

/// The recovery of a campaign: reconciles event store, feed and work queues after a restart or a lost link.
///
/// Every step may be the last one before a crash; the next recovery then does it again. docs/guarantees.md has the cases.
struct Recovery {
    /// What had ended the last session, in words; nil at a start.
    let trouble: String?

    /// Brings store, feed and work queues to the same jobs. Throws ``LedgerError/otherCampaign(path:name:_:)`` before anything
    /// of another campaign is touched.
    func recover(_ journal: inout Journal, _ queues: inout WorkQueueManager) async throws {
        let stored = try await journal.load()
        try requireSameCampaign(journal)
        try await setAsideUnreadableNotes(stored, journal)
        let (link, store) = (journal.link, journal.store)
        if link.made.contains(.feed), !stored.events.isEmpty {
            if trouble != nil {
                journal.logger.warning("the feed was missing: republishing \(stored.events.count) events")
            }
            try await link.restore(stored.events)
        }
        // The marker tells where the feed ended when this planner took over: whatever comes later, it hears itself.
        let marker = journal.event(.opened(opening(journal)))
        try await link.publish([marker])
        let syncPoint = link.made.contains(.feed) ? nil : stored.syncPoint
        let replay = try await link.replay(from: syncPoint?.position, until: marker.id)
        // The marker comes last.
        let missed = FeedFold.events(in: replay.deliveries.dropLast(), of: journal.campaign, beyond: stored.events)
        try await journal.record(missed + [marker])
        try requireSameCampaign(journal)

        var newQueues: Set<WorkQueue> = link.made.contains(.work) ? [.common] : []
        newQueues.formUnion(try await queues.openQueues(of: journal.state.capabilities, link))
        let inFeed = Set(replay.deliveries.map(\.id))
        // All of a long record is read once.
        let isWhole = replay.isWhole || syncPoint == nil
        let (later, last) = try await store.events(after: isWhole ? stored.last : syncPoint?.sequence ?? 0)
        let unpublished = ((isWhole ? stored.events : []) + later).filter { !inFeed.contains($0.id) }
        try await publish(unpublished, unconfirmed: stored.unconfirmed, newQueues, &journal, queues)
        try await withdrawOutside(newQueues, &journal, queues)
        if !newQueues.isEmpty { try await refill(newQueues, &journal) }
        try await store.recovered(.init(sequence: last, position: replay.end), journal.condition("planning"))
    }

    private func setAsideUnreadableNotes(_ stored: StoredCampaign, _ journal: Journal) async throws {
        for note in stored.unreadable {
            journal.logger.error(
                "the ledger's note \"\(note.rawValue)\" cannot be read and is set aside; its content is restored from the broker"
            )
            try await journal.store.setAside(note, at: stored.last)
        }
    }

    /// Puts into the feed what it does not have. A job of which no confirm came is published again if the feed does not have it, and
    /// if it has, was refused by half: unless the queue has it, it is closed, and whoever has it all the same may still measure it.
    private func publish(
        _ unpublished: [Event], unconfirmed: Set<JobID>?, _ newQueues: Set<WorkQueue>, _ journal: inout Journal,
        _ queues: WorkQueueManager
    ) async throws {
        if !unpublished.isEmpty {
            journal.logger.info("republishing \(unpublished.count) events that the feed lacks")
        }
        // Into a new queue everything is published again.
        let uncertain = journal.state.circulating.filter {
            unconfirmed?.contains($0.job.message) ?? true && $0.status == .ready && !newQueues.contains($0.job.queue)
        }.map(\.job)
        // What became of a job is told before its message is acknowledged: another planner would wait for a job that is nowhere.
        let ends = uncertain.isEmpty ? [] : unpublished.filter(\.body.kind.takesOutOfQueue)
        if !uncertain.isEmpty {
            try await journal.link.restore(ends)
            // Whatever stands in the queue is taken out, so that no job can stand in it twice.
            try await queues.withdrawAll(reason: "the planner recovers", &journal)
        }
        let unseen = Dictionary(unpublished.map { ($0.id, $0) }) { first, _ in first }
        let open = uncertain.filter { journal.state.jobs[$0.id]?.status == .ready }
        let (toBePublished, inDoubt) = (
            open.filter { unseen[$0.publicationID] != nil }, open.filter { unseen[$0.publicationID] == nil }
        )
        try await journal.withdraw(inDoubt.map(\.id), reason: "its publication was not confirmed")
        let outside = toBePublished.filter { !journal.isInSpace($0) }
        let withdrawn = try await journal.recordWithdrawal(of: outside.map(\.id), reason: Journal.changedSpace)
        let state = journal.state
        let inside = Set(toBePublished.filter(journal.isInSpace).map(\.id))
        let isOfMessage = { (id: JobID, message: Event) in state.jobs[id]?.job.message == message.body.job }
        // What is left of a batch of which some lies outside, or has ended, is published anew.
        let broken = Set(
            toBePublished.map(\.publicationID).compactMap { unseen[$0] }.filter { message in
                message.body.publishedIDs.contains { isOfMessage($0, message) && !inside.contains($0) }
            }.map(\.id))
        let left = toBePublished.filter { broken.contains($0.publicationID) && inside.contains($0.id) }
        let returned = left.map { job in
            journal.event(
                .returned(
                    .init(
                        job: job.id, publication: job.publication, by: journal.planner, reason: Journal.changedSpace)))
        }
        try await journal.record(returned)
        let messages = toBePublished.map(\.publicationID).filter { !broken.contains($0) }.uniqued
        let again = messages.compactMap { unseen[$0] }.map { message in message.keeping { isOfMessage($0, message) } }
        let told = Set((again + ends).map(\.id))
        let toBeTold = unpublished.filter { !told.contains($0.id) }.map { message in
            message.keeping { isOfMessage($0, message) }
        }
        try await journal.link.restore(Self.withdrawalsFirst(toBeTold + withdrawn + returned))
        try await journal.link.publish(again)
    }

    /// Events for the feed, in an order that may break off anywhere: the withdrawal or return of a job stands before its publication. Another
    /// planner that reads the publication alone would wait for a job that is nowhere.
    private static func withdrawalsFirst(_ events: [Event]) -> [Event] {
        let published = Set(events.flatMap(\.body.publishedIDs))
        let isFirst = { (event: Event) -> Bool in
            switch event.body {
            case .withdrawn(let reference): published.contains(reference.job)
            case .returned(let hold): published.contains(hold.job)
            default: false
            }
        }
        return events.filter(isFirst) + events.filter { !isFirst($0) }
    }

    /// Work queues are new: jobs that stood in them stand in them again, and those that workers had are lost to them, as if their
    /// workers had died.
    private func refill(_ newQueues: Set<WorkQueue>, _ journal: inout Journal) async throws {
        let jobs = journal.state.circulating.filter { newQueues.contains($0.job.queue) }.byMessage
        guard !jobs.isEmpty else { return }
        if trouble != nil {
            journal.logger.warning("the work queue was missing: republishing \(jobs.count) jobs")
        }
        var (open, ended): ([JobRecord], [Event.Body]) = ([], [])
        for records in jobs {
            if let begun = records.first(where: { $0.status != .ready }),
                let end = begun.end(
                    ofLostBy: journal.planner, reason: "the work queue was lost while it was measured",
                    now: journal.dependencies.now())
            {
                ended.append(end)
            } else {
                open += records
            }
        }
        try await journal.announce(ended)
        let inside = Set(try await journal.withdrawingOutside(open.map(\.job)).map(\.id))
        let messages = open.filter { inside.contains($0.job.id) }.byMessage
        try await journal.link.publish(
            messages.compactMap { records in
                records.message.map { journal.event(records[0].job.publicationID, .published($0)) }
            })
    }

    /// Takes out of the queues what the campaign's space does not have any more: it was narrowed, or a parameter was added. What a worker
    /// has is measured, and counts.
    private func withdrawOutside(
        _ newQueues: Set<WorkQueue>, _ journal: inout Journal, _ queues: WorkQueueManager
    ) async throws {
        let outside = journal.state.circulating.filter { $0.status == .ready && !journal.isInSpace($0.job) }
        guard !outside.isEmpty else { return }
        let space = journal.campaign.space
        let filled = WorkQueue.all(for: queues.opened).filter { !newQueues.contains($0) }
        // What is left of a batch is published anew.
        try await queues.withdraw(from: filled, reason: Journal.changedSpace, &journal) { experiment, _ in
            space.refusal(of: experiment.parameters) == nil
        }
    }

    private func opening(_ journal: Journal) -> Event.Opening {
        let changes = journal.state.definition.map { DefinitionChange.between($0, journal.campaign) } ?? []
        for change in changes { journal.logger.notice("the campaign has changed: \(change)") }
        return Event.Opening(
            planner: journal.planner, software: buretteVersion, definition: journal.file, trouble: trouble,
            by: journal.startedBy, changes: changes.isEmpty ? nil : changes)
    }

    private func requireSameCampaign(_ journal: Journal) throws {
        let conflicts = journal.state.conflicts(continuingWith: journal.campaign)
        guard !conflicts.isEmpty else { return }
        throw LedgerError.otherCampaign(path: journal.store.path, name: journal.campaign.name, conflicts)
    }
}

extension Event {
    /// The publication of a batch without the samples that are not to be kept: another planner, which did not know of this batch, has put them into
    /// another one. A batch without any is one that was withdrawn.
    fileprivate func keeping(_ isKept: (JobID) -> Bool) -> Event {
        guard case .published(let job) = body, let samples = job.samples else { return self }
        let kept = samples.filter { isKept($0.job) }
        guard kept.count < samples.count else { return self }
        let body: Body =
            kept.isEmpty
            ? .withdrawn(.init(job: job.id, reason: "its samples are in other batches"))
            : .published(job.asking(for: kept))
        return Event(id: id, campaign: campaign, time: time, body: body)
    }
}

extension Event.Kind {
    /// Whether a job does not stand in its queue any more after it.
    fileprivate var takesOutOfQueue: Bool {
        switch self {
        case .withdrawn, .returned, .held, .failed, .dead, .claimed: true
        case .opened, .published, .present, .started, .progressed, .measured, .released, .injected, .corrected,
            .commented, .moved, .budgeted, .excluded, .included, .overdue, .unreadable, .paused, .resumed, .stopped,
            .finished:
            false
        }
    }
}

extension [EventID] {
    /// Each once, in the order of their first places.
    fileprivate var uniqued: [EventID] {
        var seen: Set<EventID> = []
        return filter { seen.insert($0).inserted }
    }
}
