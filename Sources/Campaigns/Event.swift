/// The identity of an event; the ledger takes each once.
public typealias EventID = String

/// Something that happened in a campaign. The same value, as JSON, is a message on the broker, an entry of the feed, and
/// a row of the ledger.
public struct Event: Hashable, Sendable {
    /// Unique in the campaign.
    public let id: EventID
    /// The campaign that it belongs to.
    public let campaign: CampaignName
    /// When, in seconds since 1970, by the clock of the party that says so.
    public let time: Double
    /// What.
    public let body: Body

    /// An event of the given parts.
    public init(id: EventID, campaign: CampaignName, time: Double, body: Body) {
        self.id = id
        self.campaign = campaign
        self.time = time
        self.body = body
    }

    /// What can happen in a campaign.
    public enum Body: Hashable, Sendable {
        /// A planner took the campaign up.
        case opened(Opening)
        /// The planner published a job.
        case published(Job)
        /// The planner took a ready job back, in favour of a fresher one or because the campaign ended.
        case withdrawn(JobReference)
        /// A worker that can measure some jobs only is there.
        case present(Presence)
        /// A worker has the job and measures.
        case started(Start)
        /// A worker says how far its measurement has come.
        case progressed(Progress)
        /// A worker measured the job.
        case measured(Measurement)
        /// A worker could not measure the job.
        case failed(Failure)
        /// The broker delivered the job too often without an end, and gave it up.
        case dead(JobReference)
        /// The job lost its worker in the middle, and a person is to decide what becomes of it.
        case held(Hold)
        /// A person decided what becomes of a held job.
        case released(Release)
        /// A worker gave the job back unmeasured; it is to be handed out again.
        case returned(Hold)
        /// A person asks for an experiment, or tells of one that was made without a job.
        case injected(Injection)
        /// The measurement takes longer than the campaign allows.
        case overdue(Overdue)
        /// A message could not be read or taken, and went to the dead queue.
        case unreadable(Reason)
        /// No job is to be handed out until the campaign is resumed.
        case paused(Reason)
        /// Jobs are to be handed out again.
        case resumed(Reason)
        /// The campaign is to end; what is measured now still counts.
        case stopped(Reason)
        /// The campaign has ended.
        case finished(Reason)
    }

    /// A planner that takes a campaign up.
    public struct Opening: Hashable, Codable, Sendable {
        /// The planner's own name, host and process.
        public let planner: String
        /// What had ended its last session, in words; nil at its start.
        public let trouble: String?
        /// The version of Burette. (`version` is the wire contract's.)
        public let software: String
        /// The definition that it follows, so that the feed alone can rebuild a ledger.
        public let definition: Campaign
        /// An opening by `planner`.
        public init(planner: String, software: String, definition: Campaign, trouble: String? = nil) {
            self.planner = planner
            self.trouble = trouble
            self.software = software
            self.definition = definition
        }
    }

    /// A job, by its id.
    public struct JobReference: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// Why, in words.
        public let reason: String
        /// A reference to `job`.
        public init(job: JobID, reason: String) {
            self.job = job
            self.reason = reason
        }
    }

    /// What a worker can do that cannot do everything.
    public struct Presence: Hashable, Codable, Sendable {
        /// The worker's name.
        public let worker: String
        /// The jobs that it takes.
        public let only: Capability
        /// The presence of `worker`.
        public init(worker: String, only: Capability) {
            self.worker = worker
            self.only = only
        }
    }

    /// A worker that begins a job.
    public struct Start: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// Whether the broker had delivered the job before.
        public let redelivered: Bool
        /// Which of the job's publications: a late word of an earlier one means nothing. Nil where the worker does not say.
        public let publication: Int?
        /// A start of `job` by `worker`.
        public init(job: JobID, worker: String, redelivered: Bool, publication: Int? = nil) {
            self.job = job
            self.worker = worker
            self.redelivered = redelivered
            self.publication = publication
        }
    }

    /// How far a measurement has come.
    public struct Progress: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// From 0 to 1, where it is known.
        public let fraction: Double?
        /// What is being done, in words.
        public let note: String?
        /// Values so far, by name, for people to see; the planner learns from the result alone.
        public let partial: [String: Double]?
        /// A step of `job` at `worker`.
        public init(
            job: JobID, worker: String, fraction: Double?, note: String?, partial: [String: Double]? = nil
        ) {
            self.job = job
            self.worker = worker
            self.fraction = fraction
            self.note = note
            self.partial = partial
        }
    }

    /// A measured job.
    public struct Measurement: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// The measured values by objective.
        public let values: [String: Double]
        /// When the worker began, in seconds since 1970 by its clock.
        public let began: Double
        /// When the worker ended.
        public let ended: Double
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// The units of `values`, as far as the worker says: each must be the campaign's.
        public let units: [String: String]?
        /// What else the measurement left, by reference.
        public let attachments: [Attachment]?
        /// A measurement of `job` by `worker`.
        public init(
            job: JobID, worker: String, values: [String: Double], began: Double, ended: Double,
            parameters: Point? = nil, units: [String: String]? = nil, attachments: [Attachment]? = nil
        ) {
            self.units = units
            self.attachments = attachments
            self.job = job
            self.worker = worker
            self.values = values
            self.began = began
            self.ended = ended
            self.parameters = parameters
        }
    }

    /// A job that could not be measured.
    public struct Failure: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// Why, in words.
        public let reason: String
        /// When the worker began, in seconds since 1970 by its clock.
        public let began: Double
        /// When the worker ended.
        public let ended: Double
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// A failure of `job` at `worker`.
        public init(
            job: JobID, worker: String, reason: String, began: Double, ended: Double, parameters: Point? = nil
        ) {
            self.job = job
            self.worker = worker
            self.reason = reason
            self.began = began
            self.ended = ended
            self.parameters = parameters
        }
    }

    /// A job that its worker does not measure: held until a person decides, or given back.
    public struct Hold: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// Which of the job's publications: a late word of an earlier one means nothing.
        public let publication: Int
        /// The party that keeps it back.
        public let by: String
        /// Why, in words.
        public let reason: String
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// A hold of `job` by a party.
        public init(job: JobID, publication: Int, by: String, reason: String, parameters: Point? = nil) {
            self.job = job
            self.publication = publication
            self.by = by
            self.reason = reason
            self.parameters = parameters
        }
    }

    /// A person's decision on a held job.
    public struct Release: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// What becomes of it.
        public let decision: Decision
        /// The party that decides.
        public let by: String
        /// Why, in words.
        public let reason: String
        /// A decision on `job`.
        public init(job: JobID, decision: Decision, by: String, reason: String) {
            self.job = job
            self.decision = decision
            self.by = by
            self.reason = reason
        }

        /// What can become of a held job.
        public enum Decision: String, Hashable, Codable, Sendable, CaseIterable {
            /// It is handed out once more.
            case rerun
            /// It has failed.
            case fail
        }
    }

    /// An experiment that no planner recommended.
    public struct Injection: Hashable, Codable, Sendable {
        /// The job that it becomes.
        public let job: JobID
        /// The point.
        public let parameters: Point
        /// What was measured there; nil asks for a measurement.
        public let values: [String: Double]?
        /// The party that says so.
        public let by: String
        /// Why, or whence, in words.
        public let reason: String
        /// An experiment at `parameters`.
        public init(job: JobID, parameters: Point, values: [String: Double]?, by: String, reason: String) {
            self.job = job
            self.parameters = parameters
            self.values = values
            self.by = by
            self.reason = reason
        }
    }

    /// A measurement that takes too long.
    public struct Overdue: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker that began it.
        public let worker: String
        /// When, in seconds since 1970 by its clock.
        public let since: Double
        /// Why it is called overdue, in words.
        public let reason: String
        /// An overdue measurement of `job` by `worker`.
        public init(job: JobID, worker: String, since: Double, reason: String) {
            self.job = job
            self.worker = worker
            self.since = since
            self.reason = reason
        }
    }

    /// Who says so, and why.
    public struct Reason: Hashable, Codable, Sendable {
        /// The party that says so.
        public let by: String
        /// Why, in words.
        public let reason: String
        /// A reason given by `by`.
        public init(by: String, reason: String) {
            self.by = by
            self.reason = reason
        }
    }
}

extension Event.Body {
    /// The word for what happened: the last word of the routing key, the `type` in JSON.
    public var type: String {
        switch self {
        case .opened: "opened"
        case .published: "published"
        case .withdrawn: "withdrawn"
        case .present: "present"
        case .started: "started"
        case .progressed: "progressed"
        case .measured: "measured"
        case .failed: "failed"
        case .dead: "dead"
        case .held: "held"
        case .released: "released"
        case .returned: "returned"
        case .injected: "injected"
        case .overdue: "overdue"
        case .unreadable: "unreadable"
        case .paused: "paused"
        case .resumed: "resumed"
        case .stopped: "stopped"
        case .finished: "finished"
        }
    }

    /// The job that it is about, if one.
    public var job: JobID? {
        switch self {
        case .published(let job): job.id
        case .withdrawn(let reference), .dead(let reference): reference.job
        case .started(let start): start.job
        case .progressed(let progress): progress.job
        case .measured(let measurement): measurement.job
        case .failed(let failure): failure.job
        case .held(let hold), .returned(let hold): hold.job
        case .released(let release): release.job
        case .injected(let injection): injection.job
        case .overdue(let overdue): overdue.job
        case .opened, .present, .unreadable, .paused, .resumed, .stopped, .finished: nil
        }
    }
}
