/// What follows from a state: counts, lists of jobs, the best observation.
extension CampaignState {
    /// The planner's jobs that are measured; what a person asked for or brought in is not among them.
    public var measured: Int { observations.count - tally.given }
    /// Jobs that failed at a worker.
    public var failed: Int { jobs.values.count { if case .failed = $0.status { true } else { false } } }
    /// Jobs that the broker gave up.
    public var dead: Int { jobs.values.count { if case .dead = $0.status { true } else { false } } }
    /// Jobs that were taken back.
    public var withdrawn: Int { jobs.values.count { $0.status == .withdrawn } }
    /// Whether the campaign has ended.
    public var isFinished: Bool { if case .finished = phase { true } else { false } }
    /// Whether the campaign has been told to end, or has.
    public var isEnding: Bool {
        switch phase {
        case .stopping, .finished: true
        case .running, .paused: false
        }
    }
    /// The pending jobs, in the order of their publication.
    public var pendingJobs: [JobRecord] { pending.compactMap { jobs[$0] } }
    /// The pending jobs that stand in the work queue or are with a worker, in the order of their publication.
    public var circulating: [JobRecord] { pendingJobs.filter(\.status.circulates) }
    /// The jobs that nobody is known to have: nobody has begun them, or whoever did has gone on to another one. They stand in the
    /// queue, or a worker has just taken them, or they are lost.
    public var unclaimed: [JobRecord] {
        circulating.filter { record in
            switch record.status {
            case .started(let worker, _): lastJobs[worker] != record.job.id
            default: true
            }
        }
    }
    /// The pending jobs that a person is to decide on, in the order of their publication.
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

    /// The best observation by the first of `objectives`; the earlier of two equal ones.
    public func best(for objectives: [Objective]) -> Observation? {
        guard let objective = objectives.first else { return nil }
        return observations.reduce(nil) { best, next in
            guard let value = next.values[objective.name] else { return best }
            guard let incumbent = best?.values[objective.name] else { return next }
            return objective.prefers(value, to: incumbent) ? next : best
        }
    }
}
