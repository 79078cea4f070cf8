/// Derived values: counts, lists of jobs, the best observation.
extension CampaignState {
    /// The definition of the last planner that continued the campaign.
    public var definition: Campaign? { definitions?.current }
    /// The experiments that a job's id names: all samples of a batch, or the one that it is.
    public func experiments(of job: JobID) -> [JobID] { batches[job] ?? [job] }
    /// Whether it is a job or a sample that was published.
    func isKnown(_ job: JobID) -> Bool { jobs[job] != nil || batches[job] != nil }
    /// The job that stands in the queue for an experiment: its batch, or itself.
    public func message(of job: JobID) -> JobID { jobs[job]?.job.message ?? job }
    /// Measured jobs of the planner; requested and imported experiments are not counted.
    public var measured: Int { observations.count - tally.given }
    /// Jobs that failed at a worker.
    public var failed: Int { jobs.values.count { if case .failed = $0.status { true } else { false } } }
    /// Those of the failed jobs of which is known whether the point was at fault.
    public func failed(_ kind: FailureKind) -> Int {
        jobs.values.count { if case .failed(let failure) = $0.status { failure.kind == kind } else { false } }
    }
    /// Jobs that the broker dead-lettered.
    public var dead: Int { jobs.values.count { if case .dead = $0.status { true } else { false } } }
    /// Withdrawn jobs.
    public var withdrawn: Int { jobs.values.count { $0.status == .withdrawn } }
    /// Whether the campaign has ended.
    public var isFinished: Bool { if case .finished = phase { true } else { false } }
    /// Whether the campaign is stopping or finished.
    public var isEnding: Bool {
        switch phase {
        case .stopping, .finished: true
        case .running, .paused: false
        }
    }
    /// The pending jobs, in the order of their publication.
    public var pendingJobs: [JobRecord] { pending.compactMap { jobs[$0] } }
    /// The pending jobs that stand in the work queue or are with a worker that has their message, in the order of their publication.
    public var circulating: [JobRecord] { pendingJobs.filter(\.circulates) }
    /// The jobs that somebody has taken out of their queue for a time, in the order of their publication.
    public var claimed: [JobRecord] { pendingJobs.filter { $0.claimedUntil != nil } }
    /// The jobs that somebody is known to measure, in the order of their publication.
    public var underWay: [JobRecord] { pendingJobs.filter { $0.worker != nil } }
    /// The jobs that no worker is known to hold: none has started them, or the one that did has started another. They are in the
    /// queue, or a worker has just taken them, or they are lost.
    public var unclaimed: [JobRecord] {
        circulating.filter { record in
            switch record.status {
            case .started(let worker, _): lastJobs[worker] != record.job.message
            default: true
            }
        }
    }
    /// The experiments that are to be published, for the first time or again, in the order of their publication.
    public var released: [JobRecord] { pendingJobs.filter { $0.status == .released } }
    /// The held jobs, in the order of their publication.
    public var held: [JobRecord] { pendingJobs.filter(\.status.isHeld) }

    /// The jobs that stand in a work queue, or are with one of its workers, in the order of their publication.
    public func circulating(in queue: WorkQueue) -> [JobRecord] { circulating.filter { $0.job.queue == queue } }

    /// The jobs that failed or were given up, in the order of their publication.
    public var failedJobs: [JobRecord] {
        order.compactMap { id in
            guard let record = jobs[id] else { return nil }
            return switch record.status {
            case .failed, .dead: record
            case .ready, .started, .measured, .withdrawn, .held, .released: nil
            }
        }
    }

    /// The jobs that people withdrew, in the order of their publication.
    public var unwantedJobs: [JobRecord] { order.compactMap { jobs[$0] }.filter(\.isUnwanted) }

    /// The jobs that failed by accident and whose points are to be tried again under `campaign`.
    public func retriesDue(_ campaign: Campaign) -> [Job] {
        accidents.filter { tries(of: $0) <= campaign.workers.retries }.compactMap { jobs[$0]?.job }
            .filter { campaign.space.refusal(of: $0.parameters) == nil }
    }

    /// How many jobs tried the point of a job, it included.
    private func tries(of job: JobID) -> Int {
        var count = 1
        var earlier = jobs[job]?.job.repeats
        while let id = earlier, count < order.count {
            count += 1
            earlier = jobs[id]?.job.repeats
        }
        return count
    }

    /// The best observation by the first of `objectives`; the earlier one of a tie. None that lies outside the current space.
    public func best(for objectives: [Objective]) -> Observation? {
        guard let objective = objectives.first else { return nil }
        let best = countedObservations.reduce(nil as Observation?) { best, next in
            guard let value = next.values[objective.name] else { return best }
            if let incumbent = best?.values[objective.name], !objective.prefers(value, to: incumbent) { return best }
            return definitions?.isInSpace(next) ?? true ? next : best
        }
        return best.map { definitions?.completed($0) ?? $0 }
    }

    /// The best value of the first of `objectives` after each observation in the current space, those of some jobs left out.
    public func bestSoFar(for objectives: [Objective], without suspects: Set<JobID> = []) -> [Double] {
        guard let objective = objectives.first else { return [] }
        var best: Double?
        return countedObservations.compactMap { observation in
            guard let value = observation.values[objective.name], definitions?.isInSpace(observation) ?? true,
                !(observation.job.map(suspects.contains) ?? false)
            else { return nil }
            if best.map({ objective.prefers(value, to: $0) }) ?? true { best = value }
            return best
        }
    }
}

extension CampaignState {
    /// Measurements imported before any planner opened the campaign, in order.
    public var broughtObservations: [Observation] {
        brought.compactMap { one in
            one.injection.values.map {
                Observation(
                    job: one.injection.job, parameters: one.injection.parameters, values: $0,
                    limits: one.injection.limits, errors: one.injection.errors)
            }
        }
    }

    /// Why a planner cannot continue these events under `campaign`; none if it can.
    public func conflicts(continuingWith campaign: Campaign) -> [DefinitionConflict] {
        guard let definitions else {
            return brought.compactMap { campaign.refusal(of: $0.injection) }.prefix(1).map { .importRefused($0) }
        }
        return definitions.conflicts(continuingWith: campaign, observations)
    }
}

extension CampaignState {
    /// Counts of events that are not in the jobs themselves.
    public struct Tally: Hashable, Sendable {
        /// Further results of jobs that already had one; kept, but not learned from.
        public var duplicates = 0
        /// Starts of redelivered jobs.
        public var redelivered = 0
        /// Messages that could not be read.
        public var unreadable = 0
        /// Observations that a person requested or imported.
        public var given = 0
    }
}
