/// What is known of one job.
public struct JobRecord: Hashable, Sendable {
    /// The job.
    public let job: Job
    /// When it was published, in seconds since 1970.
    public let published: Double
    /// What became of it.
    public var status = JobStatus.ready
    /// Whether its measurement takes longer than the campaign allows.
    public var isOverdue = false
    /// How far its measurement has come, as its worker last said.
    public var progress: Event.Progress?

    /// A job that was published at a time.
    public init(job: Job, published: Double) {
        self.job = job
        self.published = published
    }

    /// A worker begins it, unless that is the late word of an earlier publication.
    mutating func begin(_ start: Event.Start, at time: Double) {
        guard status.circulates, start.publication ?? job.publication == job.publication else { return }
        status = .started(worker: start.worker, since: time)
        isOverdue = false
        progress = nil
    }
}

/// What became of a job.
public enum JobStatus: Hashable, Sendable {
    /// Published; nobody has said that it was begun.
    case ready
    /// A worker measures it.
    case started(worker: String, since: Double)
    /// It was measured.
    case measured(Event.Measurement)
    /// A worker could not measure it.
    case failed(Event.Failure)
    /// The planner took it back.
    case withdrawn
    /// The broker gave it up.
    case dead(reason: String)
    /// It is kept back until a person decides.
    case held(Event.Hold)
    /// A person decided that it is to be handed out, or its worker gave it back; the planner has not done so yet.
    case released

    /// Whether it is pending: neither withdrawn nor ended.
    public var isOpen: Bool {
        switch self {
        case .ready, .started, .held, .released: true
        case .measured, .failed, .withdrawn, .dead: false
        }
    }

    /// Whether it stands in the work queue or is with a worker.
    public var circulates: Bool {
        switch self {
        case .ready, .started: true
        case .measured, .failed, .withdrawn, .dead, .held, .released: false
        }
    }

    /// Whether a person is to decide on it.
    public var isHeld: Bool { if case .held = self { true } else { false } }

    /// Whether a measurement still counts: the first one does, whatever was said of the job before.
    var canStillBeMeasured: Bool { if case .measured = self { false } else { true } }
}

extension Event.Failure {
    /// A job that a person gave up, and what was known of it then.
    init(_ release: Event.Release, of status: JobStatus) {
        let said = "\(release.by): \(release.reason)"
        let reason = if case .held(let hold) = status { "\(hold.reason); \(said)" } else { said }
        self.init(job: release.job, worker: release.by, reason: reason, began: 0, ended: 0)
    }
}
