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
        if !uncertain.isEmpty {
            // Whatever stands in the queue is taken out, so that no job can stand in it twice.
            try await queues.withdrawAll(reason: "the planner recovers", &journal)
        }
        let unseen = Dictionary(unpublished.map { ($0.id, $0) }) { first, _ in first }
        let open = uncertain.filter { journal.state.jobs[$0.id]?.status == .ready }
        let (toBePublished, inDoubt) = (
            open.filter { unseen[$0.publicationID] != nil }, open.filter { unseen[$0.publicationID] == nil }
        )
        try await journal.withdraw(inDoubt.map(\.id), reason: "its publication was not confirmed")
        let messages = toBePublished.map(\.publicationID).uniqued.compactMap { unseen[$0] }
        let again = messages.filter { if case .published(let job) = $0.body { journal.isInSpace(job) } else { false } }
        var closed = try await journal.recordWithdrawal(
            of: toBePublished.filter { !journal.isInSpace($0) }.map(\.id), reason: Journal.changedSpace)
        // What is left of a batch of which some lies outside is published anew.
        for case .published(let job) in messages.filter({ !again.contains($0) }).map(\.body) where job.samples != nil {
            let hold = Event.Hold(
                job: job.id, publication: job.publication, by: journal.planner, reason: Journal.changedSpace)
            closed += [journal.event(.returned(hold))]
            try await journal.record(closed.suffix(1))
        }
        let toBeTold = unpublished.filter { event in !again.contains { $0.id == event.id } } + closed
        try await journal.link.restore(Self.withdrawalsFirst(toBeTold))
        try await journal.link.publish(again)
    }

    /// Events for the feed, in an order that may break off anywhere: the withdrawal of a job stands before its publication. Another planner
    /// that reads the publication alone would wait for a job that is nowhere.
    private static func withdrawalsFirst(_ events: [Event]) -> [Event] {
        let published = Set(
            events.flatMap { event -> [JobID] in
                guard case .published(let job) = event.body else { return [] }
                return [job.id] + job.experiments.map(\.id)
            })
        let isFirst = { (event: Event) -> Bool in
            if case .withdrawn(let reference) = event.body { published.contains(reference.job) } else { false }
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
        let messages = open.filter { inside.contains($0.job.id) }.byMessage.compactMap(\.message)
        try await journal.link.publish(messages.map { journal.event($0.publicationID, .published($0)) })
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
        try await queues.withdraw(from: filled, reason: Journal.changedSpace, &journal) {
            $0.experiments.contains { space.refusal(of: $0.parameters) == nil }
        }
    }

    private func opening(_ journal: Journal) -> Event.Opening {
        let changes = journal.state.definition.map { DefinitionChange.between($0, journal.campaign) } ?? []
        for change in changes { journal.logger.notice("the campaign has changed: \(change)") }
        return Event.Opening(
            planner: journal.planner, software: buretteVersion, definition: journal.campaign, trouble: trouble,
            by: journal.startedBy, changes: changes.isEmpty ? nil : changes)
    }

    private func requireSameCampaign(_ journal: Journal) throws {
        let conflicts = journal.state.conflicts(continuingWith: journal.campaign)
        guard !conflicts.isEmpty else { return }
        throw LedgerError.otherCampaign(path: journal.store.path, name: journal.campaign.name, conflicts)
    }
}
