/// Everything known about one job.
public struct JobRecord: Hashable, Sendable {
    /// The job.
    public let job: Job
    /// When it was published, in seconds since 1970.
    public let published: Double
    /// Its status.
    public var status = JobStatus.ready
    /// Whether its measurement takes longer than the campaign allows.
    public var isOverdue = false
    /// How often it was returned because its worker was lost.
    public var losses = 0
    /// Its progress, as its worker last reported it.
    public var progress: Event.Progress?
    /// How many experiments had been published when it was published last, it included: by this number it stands in its queue.
    public let publicationNumber: Int
    /// Whether a person has moved it in its queue.
    public var isMoved: Bool
    /// When the lease of whoever claimed this publication last ends.
    private var leaseEnd: Double?
    /// Whether a person has withdrawn it.
    public var isUnwanted = false

    /// A job is given up when it comes back more often because its worker was lost: it may be what ends them.
    public static let mostLosses = 4

    /// A job that was published at a time.
    public init(
        job: Job, published: Double, losses: Int = 0, publicationNumber: Int = 0, isMoved: Bool = false
    ) {
        self.losses = losses
        self.publicationNumber = publicationNumber
        self.isMoved = isMoved
        self.job = job
        self.published = published
    }

    /// Its result, as its worker said it; nil where it has none.
    public var measurement: Event.Measurement? { if case .measured(let one) = status { one } else { nil } }

    /// Why it failed; nil where it did not.
    public var failure: Event.Failure? { if case .failed(let one) = status { one } else { nil } }

    /// Whether it failed, and the point was not at fault.
    public var isAccident: Bool { if case .failed(let failure) = status { failure.kind == .accident } else { false } }

    /// Whether it failed, and nobody says whether the point was at fault.
    public var isUndecided: Bool { if case .failed(let failure) = status { failure.kind == nil } else { false } }

    /// A worker starts it, unless the message belongs to an earlier publication.
    mutating func begin(_ start: Event.Start, at time: Double) {
        guard circulates, start.publication ?? job.publication == job.publication else { return }
        begin(by: start.worker, at: time)
    }

    private mutating func begin(by worker: String, at time: Double) {
        status = .started(worker: worker, since: time)
        isOverdue = false
        progress = nil
    }

    /// Somebody takes it out of its queue for a time, or keeps it for longer.
    mutating func claim(_ claim: Event.Claim, at time: Double) {
        guard status.circulates, claim.publication == job.publication else { return }
        if leaseEnd == nil { begin(by: claim.worker, at: time) }
        if worker == claim.worker { leaseEnd = max(leaseEnd ?? claim.until, claim.until) }
    }

    /// Its worker, or who took it out of the queue, does not measure it. While it is claimed nobody else can say so before the lease has ended.
    mutating func setAside(_ hold: Event.Hold, as next: JobStatus, at time: Double) -> Bool {
        guard status.circulates, job.publication == hold.publication else { return false }
        if let claimedUntil, worker != hold.by, time < claimedUntil { return false }
        (status, leaseEnd) = (next, nil)
        return true
    }

    /// Who measures it, as far as is known.
    public var worker: String? { if case .started(let worker, _) = status { worker } else { nil } }

    /// When the lease of whoever claimed it ends, in seconds since 1970; nil unless it is claimed. It is in no queue then.
    public var claimedUntil: Double? { status.circulates ? leaseEnd : nil }

    /// Whether it stands in its work queue, or is a message that a worker has.
    public var circulates: Bool { status.circulates && claimedUntil == nil }

    /// Whether somebody has claimed it, and the lease has ended.
    public func isLeaseOver(at now: Double) -> Bool { claimedUntil.map { $0 <= now } ?? false }
}

/// The status of a job.
public enum JobStatus: Hashable, Sendable {
    /// Published; no worker has reported that it started.
    case ready
    /// A worker is measuring it.
    case started(worker: String, since: Double)
    /// It was measured.
    case measured(Event.Measurement)
    /// A worker could not measure it.
    case failed(Event.Failure)
    /// The planner withdrew it.
    case withdrawn
    /// The broker dead-lettered it.
    case dead(reason: String)
    /// It is held until a person decides.
    case held(Event.Hold)
    /// A person released it, or its worker returned it; the planner has yet to publish it again.
    case released

    /// Whether it is pending: neither withdrawn nor ended.
    public var isOpen: Bool {
        switch self {
        case .ready, .started, .held, .released: true
        case .measured, .failed, .withdrawn, .dead: false
        }
    }

    /// Whether it waits in the work queue, or is being measured.
    var circulates: Bool {
        switch self {
        case .ready, .started: true
        case .measured, .failed, .withdrawn, .dead, .held, .released: false
        }
    }

    /// Whether it is to be handed out, as far as is known: it stands in a queue, or will.
    public var isWaiting: Bool { self == .ready || self == .released }

    /// Whether it has a result.
    public var isMeasured: Bool { if case .measured = self { true } else { false } }

    /// Whether it waits for a person's decision.
    public var isHeld: Bool { if case .held = self { true } else { false } }

    /// Whether a measurement still counts: the first one does, whatever the status.
    var canStillBeMeasured: Bool { !isMeasured }
}

extension Event.Failure {
    /// The failure of a job that a person gave up.
    init(_ release: Event.Release, of status: JobStatus) {
        let said = "\(release.by): \(release.reason)"
        let reason = if case .held(let hold) = status { "\(hold.reason); \(said)" } else { said }
        self.init(job: release.job, worker: release.by, reason: reason, began: 0, ended: 0)
    }
}
