/// The state of a campaign: the fold of its events, and nothing else.
///
/// Events may come late, twice by different ids, or in another order than they happened in; the fold has a meaning for each.
public struct CampaignState: Hashable, Sendable {
    /// Every experiment that was published, by id: a job, or each sample of one that is a batch.
    public private(set) var jobs: [JobID: JobRecord] = [:]
    /// The samples of each job that is a batch.
    public private(set) var batches: [JobID: [JobID]] = [:]
    /// The number of the last publication of each batch.
    private(set) var batchPublications: [JobID: Int] = [:]
    /// The experiments in the order of their publication.
    public private(set) var order: [JobID] = []
    /// Published, neither withdrawn nor ended, in the order of their last publication, or the one into which people put them since.
    public private(set) var pending: [JobID] = []
    /// The observations, in the order of their arrival.
    public private(set) var observations: [Observation] = []
    /// What people said of experiments' observations, the last verdict on each.
    public private(set) var verdicts: [JobID: ObservationVerdict] = [:]
    /// What people corrected of results, in the order of arrival.
    public private(set) var corrections: [Event.Correction] = []
    /// What people said about jobs, in the order of arrival.
    public private(set) var comments: [JobID: [Event.Comment]] = [:]
    /// Whether jobs are handed out.
    public private(set) var phase = Phase.running
    /// Counts of other events.
    public private(set) var tally = Tally()
    /// Consecutive failed measurements.
    public private(set) var failuresInRow = 0
    /// When the campaign was first opened, in seconds since 1970.
    public private(set) var openedAt: Double?
    /// The definitions that planners followed; nil before the first planner opened the campaign.
    public private(set) var definitions: DefinitionHistory?

    /// Measurements imported before the campaign was opened.
    private(set) var brought: [Brought] = []

    /// The job that each worker last reported on.
    public private(set) var lastJobs: [String: JobID] = [:]
    /// Names that two workers seem to share: one began a job in the middle of the other one's measurement.
    public private(set) var sharedNames: Set<String> = []
    /// The capabilities that limited workers announced.
    public private(set) var capabilities: Set<Capability> = []
    /// The messages that planners refused, each with the reason.
    private(set) var refused: [EventID: String] = [:]
    /// The operator's order that stopped it, if any.
    public private(set) var stop: Event.Reason?
    /// The last error that ended a planner's session, and when it was recovered from.
    public private(set) var lastTrouble: Trouble?
    /// How many observations there were when the campaign was resumed last.
    private(set) var observationsAtResumption = 0
    /// The jobs that failed by accident and are to be tried again, in that order.
    private(set) var accidents: [JobID] = []
    /// How many experiments were published, those that were published again included.
    private var publications = 0

    /// An empty state.
    public init() {}

    /// The fold of `events`. Cost: linear in their number.
    public init(_ events: some Sequence<Event>) {
        // Most jobs are published, begun and measured; records are moved when their dictionary grows.
        jobs.reserveCapacity(events.underestimatedCount / 3)
        for event in events { apply(event) }
    }

    /// Applies one event. Cost: O(pending).
    public mutating func apply(_ event: Event) {
        switch event.body {
        case .opened(let opening):
            openedAt = openedAt ?? event.time
            if let reason = opening.trouble { lastTrouble = Trouble(reason: reason, over: event.time) }
            guard conflicts(continuingWith: opening.definition).isEmpty else { return }
            define(opening, at: event.time)
            // A campaign stopped by an operator stays stopped; one that its budget ended continues if the budget has grown.
            if isFinished { phase = stop.map(Phase.stopping) ?? .running }
        case .published(let job): publish(job, as: event.id, at: event.time)
        case .withdrawn(let reference): endAll(of: reference.job, as: .withdrawn)
        case .present(let presence): capabilities.insert(presence.only)
        case .started(let start): begin(start, at: event.time)
        case .claimed(let claim): take(claim, at: event.time)
        case .progressed(let progress): advance(progress)
        case .measured(let measurement): measure(measurement)
        case .failed(let failure): fail(failure)
        case .dead(let reference):
            if !endAll(of: reference.job, as: .dead(reason: reference.reason)).isEmpty { failuresInRow += 1 }
        case .held(let hold): setAside(hold, as: .held(hold), at: event.time)
        case .released(let release): decide(release)
        case .returned(let hold): setAside(hold, as: .released, at: event.time)
        case .injected(let injection): inject(injection, at: event.time)
        case .excluded(let verdict): judge(verdict, isRight: false)
        case .included(let verdict): judge(verdict, isRight: true)
        case .corrected(let correction): correct(correction)
        case .commented(let comment): if isKnown(comment.job) { comments[comment.job, default: []].append(comment) }
        case .moved(let move): place(move)
        case .budgeted(let order): definitions?.follow(order.budget)
        case .overdue(let overdue): markOverdue(overdue)
        case .unreadable(let rejection):
            tally.unreadable += 1
            if let message = rejection.message { refused[message] = rejection.reason }
        case .paused(let reason): if !isEnding { phase = .paused(reason) }
        case .resumed:
            (phase, stop) = (.running, nil)
            failuresInRow = 0
            observationsAtResumption = observations.count
        case .stopped(let reason):
            stop = reason
            if !isFinished { phase = .stopping(reason) }
        case .finished(let reason): phase = .finished(reason)
        }
    }

    private mutating func define(_ opening: Event.Opening, at time: Double) {
        if definitions == nil {
            definitions = DefinitionHistory(opening.definition)
        } else {
            definitions?.continueWith(opening.definition, at: time, by: opening.by ?? opening.planner)
        }
        for one in brought { inject(one.injection, at: one.time) }
        brought = []
    }

    private mutating func publish(_ job: Job, as publication: EventID? = nil, at time: Double) {
        guard let samples = job.samples?.map(\.job) else { return publish(experiment: job, at: time) }
        let known = batches[job.id] ?? []
        batches[job.id] = known + samples.filter { !known.contains($0) }
        batchPublications[job.id] = max(batchPublications[job.id] ?? 0, job.publication)
        for experiment in job.experiments(publishedAs: publication ?? job.publicationID) {
            publish(experiment: experiment, at: time)
        }
    }

    private mutating func publish(experiment job: Job, at time: Double) {
        if let record = jobs[job.id] {
            // A later publication overrides everything known about an earlier one. One that stands in the feed overrides the equal one of a batch that
            // its planner did not come to publish.
            let isOfOtherBatch = job.publication == record.job.publication && job.message != record.job.message
            guard record.status.isOpen, job.publication > record.job.publication || isOfOtherBatch else { return }
            publications += 1
            jobs[job.id] = JobRecord(
                job: record.job.published(laterAs: job), published: record.published, losses: record.losses,
                publicationNumber: publications, isMoved: record.isMoved)
            pending.removeAll { $0 == job.id }
            pending.append(job.id)
            return
        }
        accidents.removeAll { $0 == job.repeats }
        publications += 1
        jobs[job.id] = JobRecord(job: job, published: time, publicationNumber: publications)
        order.append(job.id)
        pending.append(job.id)
    }

    private mutating func begin(_ start: Event.Start, at time: Double) {
        guard isKnown(start.job) else { return }
        if start.redelivered { tally.redelivered += 1 }
        lastJobs[start.worker] = message(of: start.job)
        for id in experiments(of: start.job) { jobs[id]?.begin(start, at: time) }
    }

    private mutating func take(_ claim: Event.Claim, at time: Double) {
        adopt(claim.job, claim.parameters, claim.samples, at: time)
        for id in experiments(of: claim.job) { jobs[id]?.claim(claim, at: time) }
    }

    private mutating func advance(_ progress: Event.Progress) {
        for id in experiments(of: progress.job) {
            if case .started(progress.worker, _)? = jobs[id]?.status { jobs[id]?.progress = progress }
        }
    }

    /// A job that its worker did not finish: held for a person, or to be published again.
    private mutating func setAside(_ hold: Event.Hold, as status: JobStatus, at time: Double) {
        adopt(hold.job, hold.parameters, hold.samples, at: time)
        var tooOften: [JobID] = []
        for id in experiments(of: hold.job) {
            guard jobs[id]?.setAside(hold, as: status, at: time) ?? false, hold.lost == true else { continue }
            jobs[id]?.losses += 1
            if jobs[id]?.losses == JobRecord.mostLosses + 1 { tooOften.append(id) }
        }
        let ended = tooOften.filter { end($0, as: .dead(reason: Event.deliveredTooOften)) }
        if !ended.isEmpty { failuresInRow += 1 }
    }

    private mutating func inject(_ injection: Event.Injection, at time: Double) {
        guard let definition else { return brought.append(Brought(injection: injection, time: time)) }
        guard jobs[injection.job] == nil, refusal(of: injection, definition) == nil else { return }
        let job = Job(
            id: injection.job, parameters: injection.parameters, of: definition, origin: .injected, publication: 0)
        publish(job, at: time)
        if let values = injection.values {
            measure(
                .init(
                    job: job.id, worker: injection.by, values: values, began: time, ended: time,
                    limits: injection.limits, errors: injection.errors))
        } else {
            jobs[job.id]?.status = .released
        }
    }

    /// A person decides on a job. Giving up always applies: two planners may have recorded different things about one
    /// publication, each in its own ledger, and both must come to the same end.
    private mutating func decide(_ release: Event.Release) {
        for id in experiments(of: release.job) {
            guard let status = jobs[id]?.status else { continue }
            switch release.decision {
            case .rerun: if status.isHeld { jobs[id]?.status = .released }
            case .fail: end(id, as: .failed(Event.Failure(release, of: status)))
            case .withdraw: if end(id, as: .withdrawn) { jobs[id]?.isUnwanted = true }
            }
        }
    }

    private mutating func place(_ move: Event.Move) {
        guard let (moved, all) = rearranged(by: move) else { return }
        pending = all
        for id in moved { jobs[id]?.isMoved = true }
    }

    private mutating func judge(_ verdict: Event.Verdict, isRight: Bool) {
        let said = ObservationVerdict(isRight: isRight, by: verdict.by, reason: verdict.reason)
        for id in experiments(of: verdict.job) { verdicts[id] = said }
    }

    /// A correction may overtake the result that it is about.
    private mutating func correct(_ correction: Event.Correction) {
        guard jobs[correction.job] != nil else { return }
        corrections.append(correction)
        guard let place = observations.firstIndex(where: { $0.job == correction.job }) else { return }
        observations[place] = observations[place].corrected(by: correction)
    }

    private mutating func markOverdue(_ overdue: Event.Overdue) {
        for id in experiments(of: overdue.job) {
            if case .started(overdue.worker, overdue.since)? = jobs[id]?.status { jobs[id]?.isOverdue = true }
        }
    }

    /// A job whose publication is lost; what a worker says of it describes it.
    private mutating func adopt(_ job: JobID, _ parameters: Point?, _ samples: [Job.Sample]? = nil, at time: Double) {
        guard !isKnown(job), let definition, parameters != nil || samples != nil else { return }
        publish(Job(id: job, parameters: parameters ?? [:], of: definition, samples: samples), at: time)
    }

    private mutating func measure(_ measurement: Event.Measurement) {
        adopt(measurement.job, measurement.parameters, at: measurement.began)
        guard let record = jobs[measurement.job] else { return }
        if isOfSecondWorker(measurement) { sharedNames.insert(measurement.worker) }
        lastJobs[measurement.worker] = record.job.message
        // A measurement of a job that was withdrawn, given up or marked as failed counts like any other: it
        // was paid for.
        guard end(measurement.job, as: .measured(measurement), evenIf: \.canStillBeMeasured) else {
            tally.duplicates += 1
            return
        }
        failuresInRow = 0
        accidents.removeAll { $0 == measurement.job }
        if record.job.origin == .injected { tally.given += 1 }
        let point = measurement.point(of: record.job)
        let observation = Observation(
            job: measurement.job, parameters: point, values: measurement.values,
            asked: point == record.job.parameters ? nil : record.job.parameters, cost: measurement.cost,
            limits: measurement.limits, errors: measurement.errors)
        observations.append(correction(of: measurement.job).map(observation.corrected) ?? observation)
    }

    private mutating func fail(_ failure: Event.Failure) {
        adopt(failure.job, failure.parameters, failure.samples, at: failure.began)
        guard isKnown(failure.job) else { return }
        let failed = endAll(of: failure.job, as: .failed(failure))
        guard !failed.isEmpty else {
            tally.duplicates += 1
            return
        }
        failuresInRow += 1
        if failure.kind == .accident { accidents += failed }
    }

    /// Ends a job, or all that is open of a batch; returns what it ended.
    @discardableResult
    private mutating func endAll(of job: JobID, as status: JobStatus) -> [JobID] {
        experiments(of: job).filter { end($0, as: status) }
    }

    @discardableResult
    private mutating func end(
        _ job: JobID, as status: JobStatus, evenIf may: (JobStatus) -> Bool = \.isOpen
    ) -> Bool {
        guard let index = jobs.index(forKey: job), may(jobs.values[index].status) else { return false }
        jobs.values[index].status = status
        pending.removeAll { $0 == job }
        return true
    }
}
