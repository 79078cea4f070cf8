import Brokers
import Campaigns
import Capacity
import EventStore
import PlannerService

// What every party does is held against the promises here, when it does it.

extension World {
    func published(_ events: [Event], by life: Life) {
        if !events.isEmpty, let holder = state.withLock({ $0.holder?.life }), holder !== life {
            violated("\(life.name) published while \(holder.name) held the campaign")
        }
        state.withLock { state in
            for event in events { if case .published(let job) = event.body { state.watch.jobs[event.id] = job } }
        }
        for event in events where event.body.kind == .published && event.outside(life.high) {
            violated("\(life.name) handed out \(event.id), which lies outside the range that it was given")
        }
        let census = broker.census(of: campaign.name)
        let there = Set(census.unacknowledged + census.ready)
        for case .withdrawn(let reference) in events.map(\.body) where reference.reason == LostJobs.reason {
            let message = state.withLock { state in
                there.first { id in
                    // An old publication of it may still stand there.
                    let fold = state.watch.ledgers[life.name]?.fold
                    let written = fold?.experiments(of: reference.job).compactMap { fold?.jobs[$0]?.job.publicationID }
                    return written?.contains(id) ?? false
                }
            }
            if let message {
                violated("\(life.name) wrote off \(message), which is in the queue or with somebody")
            }
        }
        if let words = objection(toRetriesIn: events, by: life) ?? objection(toBatchesIn: events, by: life) {
            violated(words)
        }
        guard life.isSteady, events.contains(where: \.body.isFirstPublication),
            let fold = state.withLock({ $0.watch.ledgers[life.name]?.fold }),
            let most = fold.definition?.budget.measurements
        else { return }
        if fold.measured + fold.pendingJobs.count(where: { $0.job.origin != .injected }) > most {
            violated("\(fold.measured) measured and \(fold.pending.count) pending exceed the budget of \(most)")
        }
    }

    /// What is wrong with jobs that try a point again, in words: only an accident is, once each, and not too often in all.
    private func objection(toRetriesIn events: [Event], by life: Life) -> String? {
        guard life.isSteady, let fold = state.withLock({ $0.watch.ledgers[life.name]?.fold }) else { return nil }
        for job in events.experiments where job.publication == 1 {
            if let id = job.repeats, let record = fold.jobs[id], !record.isAccident, !record.status.isMeasured {
                return "\(job.id) tries \(id) again, which is no accident but \(record.status)"
            }
            // Of those before, another planner may have recorded something else.
            var (tries, earlier) = (0, job.repeats)
            while let id = earlier {
                tries += 1
                earlier = fold.jobs[id]?.job.repeats
            }
            if tries > campaign.workers.retries { return "\(job.id) is the try \(tries) after accidents" }
            let twins = fold.jobs.values.filter { $0.job.repeats == job.repeats && $0.job.id != job.id }
            if let repeated = job.repeats, !twins.isEmpty { return "\(repeated) is tried again twice at once" }
        }
        return nil
    }

    /// What is wrong with batches, in words: they hold no more than they may, share what they are to share, and ask for nothing that has ended.
    private func objection(toBatchesIn events: [Event], by life: Life) -> String? {
        guard let batches = campaign.batches else { return nil }
        let fold = life.isSteady ? state.withLock { $0.watch.ledgers[life.name]?.fold } : nil
        for case .published(let job) in events.map(\.body) {
            guard let samples = job.samples, (1...batches.size).contains(samples.count) else {
                return "\(job.id) has \(job.samples?.count ?? 0) samples"
            }
            for sample in samples where batches.shared(of: sample.parameters) != job.parameters {
                return "\(sample.job) does not share \(job.parameters)"
            }
            // A person's order may come into the ledger in the same moment; whoever measures the sample all the same is counted.
            if let ended = samples.first(where: {
                fold?.jobs[$0.job].map { !$0.status.isOpen && !$0.isEndedByPerson } ?? false
            }) {
                return "\(job.id) asks for \(ended.job), which has ended"
            }
        }
        return nil
    }

    func said(_ event: Event) {
        state.withLock { state in
            state.watch.said[event.id] = event
            guard event.body.endsJob else { return }
            state.watch.confirmed.insert(event.id)
            if !state.watch.recorded.contains(event.id) { state.watch.awaited.insert(event.id) }
        }
    }

    /// A planner's life has a new link to the broker.
    func opened(_ link: any PlannerLink, _ life: Life) {
        state.withLock { state in
            if link.made.contains(.work) {
                state.watch.maker = life.number
            } else if state.watch.maker == life.number {
                state.watch.maker = nil
            }
        }
    }

    /// A planner's life has recovered.
    func steady(_ life: Life) {
        life.steady()
        state.withLock { state in
            guard state.watch.maker == life.number else { return }
            (state.watch.maker, state.watch.workIsWhole) = (nil, true)
        }
    }

    /// A worker begins a job: again only if the campaign runs a job again, or somebody gave it back or released it.
    func begins(_ job: Job, _ life: Life) {
        let mayBegin = state.withLock { state in
            state.watch.beginnings[job.id, default: 1] -= 1
            return job.redelivery == .rerun || state.watch.allowsCopies || state.watch.beginnings[job.id] ?? 0 >= 0
        }
        if !mayBegin { violated("\(life.name) begins job \(job.id) again, which is to \(job.redelivery.rawValue)") }
    }

    /// Somebody says that a job may be begun once more.
    func mayRunAgain(_ job: JobID) { state.withLock { $0.watch.beginnings[job, default: 1] += 1 } }

    /// A worker acknowledges a job: something that ends it must be confirmed, for each of its experiments.
    func ended(_ job: Job, _ delivery: Delivery, by life: Life) {
        let ended = state.withLock { state in
            Set(state.watch.said.values.filter { state.watch.confirmed.contains($0.id) }.compactMap(\.body.job))
        }
        for experiment in job.experiments where ended.isDisjoint(with: [experiment.id, job.id]) {
            violated("\(life.name) acknowledged job \(job.id) before the result of \(experiment.id) was confirmed")
        }
    }

    /// The planner acknowledges a message: its ledger must have it.
    func acknowledged(_ delivery: Delivery, by life: Life) {
        let isRecorded = state.withLock { state in
            state.watch.recorded.contains(delivery.id) || delivery.isDeadLetter
                || state.watch.ledgers[life.name]?.events.contains(delivery.id) == true
        }
        if !isRecorded { violated("\(life.name) acknowledged \(delivery.topic) before its ledger had it") }
    }

    /// Checks every promise. After everything that changes a queue or a disk.
    func check() async {
        guard !isOver else { return }
        let census = broker.census(of: campaign.name)
        let words = state.withLock { state -> (text: String, job: JobID?)? in
            state.watch.checks += 1
            state.watch.active = state.holder.flatMap { $0.life.isSteady ? $0.life.name : nil }
            return state.watch.objection(census, state.watch.activeAccount?.fold)
        }
        if let words, !(await isUnconfirmed(words.job)) { violated(words.text) }
    }

    /// A job whose publication is under way, or is to be looked into, may be anywhere.
    private func isUnconfirmed(_ job: JobID?) async -> Bool {
        guard let job, let ledger = state.withLock({ $0.watch.activeAccount?.ledger }) else { return false }
        return (try? await ledger.on(InPlace()).unconfirmed())?.contains(job) ?? false
    }

    /// Which of a ledger's events the feed does not tell, in words; nil where it tells all. Where the feed was deleted by hand, what stood in it and
    /// in the inbox may be in the ledger alone when a campaign has ended.
    func untold(_ events: Set<EventID>) -> String? {
        guard !state.withLock(\.watch.losesFeed) else { return nil }
        let feed = Set(broker.feedIDs(of: campaign.name))
        return events.filter { !feed.contains($0) && !$0.contains(".dead") }.min()
            .map { "the feed does not tell of \($0), which the ledger has" }
    }

    /// Where the feed tells otherwise than a ledger, in words; nil where both agree.
    func disagreement(ofFeedWith account: Watch.Account) async -> String? {
        guard !state.withLock(\.watch.losesFeed) else { return nil }
        if let untold = untold(account.events) { return untold }
        guard let told = try? await FeedFold.events(of: campaign.name, at: broker) else {
            return "the feed cannot be read"
        }
        let (one, other) = (CampaignState(told), account.fold)
        if Set(one.observations) != Set(other.observations) {
            return "the feed tells of other observations than the ledger"
        }
        for (id, record) in other.jobs where one.jobs[id]?.status.isOpen != record.status.isOpen {
            return
                "job \(id) is \(record.status) by the ledger, \(one.jobs[id].map { "\($0.status)" } ?? "unknown") by the feed"
        }
        return one.phase == other.phase
            ? nil
            : "the campaign is \(other.phase.word) by the ledger, \(one.phase.word) by the feed"
    }

    /// Takes in what is new in a life's ledger, which nothing but its disk and an operator beside it changes.
    func readLedger(of life: Life) async {
        guard !isOver,
            let account = state.withLock({ $0.watch.ledgers[life.name].map { ($0.ledger, $0.changes, $0.sequence) } })
        else { return }
        let (ledger, before, known) = account
        let changes = ledger.changes
        guard changes != before, let news = try? await ledger.on(InPlace()).events(after: known) else { return }
        let countsTwice = state.withLock { state in
            state.watch.ledgers[life.name]?.changes = changes
            for event in news.events {
                state.watch.recorded.insert(event.id)
                state.watch.awaited.remove(event.id)
            }
            return state.watch.ledgers[life.name]?.takeIn(news.events, last: news.last) == false
        }
        if countsTwice { violated("one measurement is counted twice") }
    }
}

extension Watch.Account {
    /// Takes in what was read; false if one measurement is counted twice then.
    fileprivate mutating func takeIn(_ news: [Event], last: Int64) -> Bool {
        sequence = last
        for event in news {
            fold.apply(event)
            events.insert(event.id)
            if case .finished = event.body { eventsAtEnd = events }
        }
        let measured = fold.observations.compactMap { $0.values.values.first }
        return Set(measured).count == measured.count
    }
}

extension JobRecord {
    /// Whether a person withdrew it, or gave it up.
    fileprivate var isEndedByPerson: Bool { isUnwanted || failure?.worker == "person" }
}

extension Event.Body {
    /// Whether it is a job of the planner's own that is published for the first time.
    var isFirstPublication: Bool {
        if case .published(let job) = self { job.publication == 1 && job.origin != .injected } else { false }
    }
}
