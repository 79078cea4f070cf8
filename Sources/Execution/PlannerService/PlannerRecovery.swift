import Brokers
import Campaigns

/// Taking a campaign up: what the ledger has, what the feed has beyond it, and what was recorded but never published.
///
/// Every step may be the last one before a crash; the next recovery then does it again. docs/guarantees.md has the cases.
extension PlannerSession {
    /// Brings ledger, feed and work queue to the same jobs. Throws ``LedgerError/otherCampaign(path:name:)`` before anything
    /// of another campaign is touched.
    mutating func recover(after trouble: String?) async throws {
        let known = try await ledger.recollect()
        let recorded = known.events
        (sequence, state) = (known.last, CampaignState(recorded))
        try requireSameCampaign()
        for note in known.unreadable {
            logger.error(
                "the ledger's note \"\(note.rawValue)\" cannot be read and is set aside; the broker is asked for what it said"
            )
            try await ledger.setAside(note, at: known.last)
        }
        if link.made.contains(.feed), !recorded.isEmpty {
            if trouble != nil { logger.warning("the feed was gone: putting \(recorded.count) events into a new one") }
            try await link.restore(recorded)
        }
        // The marker tells where the feed ended when this planner took over: whatever comes later, it hears itself.
        let opening = Event.Opening(planner: name, software: buretteVersion, definition: campaign, trouble: trouble)
        let marker = event(surroundings.identity(), .opened(opening))
        try await link.publish([marker])
        let meeting = link.made.contains(.feed) ? nil : known.meeting
        let replay = try await link.replay(from: meeting?.position, until: marker.id)
        // The marker comes last.
        try await record(FeedFold.events(in: replay.parcels.dropLast(), of: campaign, beyond: recorded) + [marker])
        try requireSameCampaign()

        var lost: Set<Capability?> = link.made.contains(.work) ? [nil] : []
        for case let only? in WorkQueues.order(state.capabilities) where try await open(only) { lost.insert(only) }
        let inFeed = Set(replay.parcels.map(\.id))
        // All of a long ledger is read once.
        let isWhole = replay.isWhole || meeting == nil
        let (later, met) = try await ledger.events(after: isWhole ? known.last : meeting?.sequence ?? 0)
        try await publishWhatIsLost(
            ((isWhole ? recorded : []) + later).filter { !inFeed.contains($0.id) }, unconfirmed: known.unconfirmed,
            newQueues: lost)
        if !lost.isEmpty { try await refill(newQueues: lost, after: trouble) }
        try await ledger.recovered(.init(sequence: met, position: replay.end), condition("plans"))
    }

    /// Puts into the feed what it does not have. A job of which no confirm came is published again if the feed does not have it, and
    /// if it has, was refused by half: unless the queue has it, it is closed, and whoever has it all the same may still measure it.
    private mutating func publishWhatIsLost(_ lost: [Event], unconfirmed: Set<JobID>?, newQueues: Set<Capability?>)
        async throws
    {
        if !lost.isEmpty { logger.info("putting into the feed what it does not have: \(lost.count) events") }
        // Into a new queue everything is published again.
        let uncertain = state.circulating.filter {
            unconfirmed?.contains($0.job.id) ?? true && $0.status == .ready && !newQueues.contains($0.job.only)
        }.map(\.job)
        if !uncertain.isEmpty {
            // Whatever stands in the queue is taken out, so that no job can stand in it twice.
            try await withdrawAll(reason: "the planner recovers")
        }
        let unseen = Dictionary(lost.map { ($0.id, $0) }) { first, _ in first }
        let open = uncertain.filter { state.jobs[$0.id]?.status == .ready }
        try await withdraw(
            open.filter { unseen[$0.publicationID] == nil }.map(\.id), reason: "its publication was not confirmed")
        let again = open.compactMap { unseen[$0.publicationID] }
        try await link.restore(lost.filter { event in !again.contains { $0.id == event.id } })
        try await link.publish(again)
    }

    /// Work queues are new: jobs that stood in them stand in them again, and those that workers had are lost to them, as if their
    /// workers had died.
    private mutating func refill(newQueues: Set<Capability?>, after trouble: String?) async throws {
        let jobs = state.circulating.filter { newQueues.contains($0.job.only) }
        guard !jobs.isEmpty else { return }
        if trouble != nil { logger.warning("the work queue was gone: publishing \(jobs.count) jobs again") }
        var (again, ended): ([Job], [Event.Body]) = ([], [])
        for record in jobs {
            if case .started = record.status,
                let end = end(ofLost: record, reason: "the work queue was lost while it was measured")
            {
                ended.append(end)
            } else {
                again.append(record.job)
            }
        }
        try await announce(ended)
        try await link.publish(again.map { event($0.publicationID, .published($0)) })
    }

    private func requireSameCampaign() throws {
        guard !state.isContinued(by: campaign) else { return }
        throw LedgerError.otherCampaign(path: ledger.path, name: campaign.name)
    }
}

/// The version of Burette, as ledgers and messages carry it.
public let buretteVersion = "0.1.0"
