/// The identity of an event; the ledger takes each once.
public typealias EventID = String

/// Something that happened in a campaign. The same value, as JSON, is a message on the broker, an entry of the feed, and
/// a row of the ledger.
///
/// It is encoded once, however many take it: the ledger and the feed, or a worker's outbox and its broker.
public struct Event: Hashable, Sendable {
    /// Unique in the campaign.
    public let id: EventID
    /// The campaign that it belongs to.
    public let campaign: CampaignName
    /// When, in seconds since 1970, by the clock of the party that says so.
    public let time: Double
    /// What.
    public let body: Body
    let encoded: EncodedOnce

    /// An event of the given parts.
    public init(id: EventID, campaign: CampaignName, time: Double, body: Body) {
        self.id = id
        self.campaign = campaign
        self.time = time
        self.body = body
        encoded = EncodedOnce()
    }

    /// What can happen in a campaign. What is large is indirect: in place, a job would make every event take 300 bytes.
    public enum Body: Hashable, Sendable {
        /// A planner took the campaign up.
        indirect case opened(Opening)
        /// The planner published a job.
        indirect case published(Job)
        /// The planner took a job back that nobody was known to have begun: for a fresher one, at the campaign's end, or because it was lost.
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
        /// A person decided what becomes of a held job, or gave a pending one up.
        case released(Release)
        /// A worker gave the job back unmeasured; it is to be handed out again.
        case returned(Hold)
        /// A person asks for an experiment, or tells of one that was made without a job.
        case injected(Injection)
        /// The measurement takes longer than the campaign allows.
        case overdue(Overdue)
        /// A message could not be read or taken, and went to the dead-letter queue.
        case unreadable(Rejection)
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

    /// A message that was dead-lettered.
    public struct Rejection: Hashable, Codable, Sendable {
        /// The planner that could not take it.
        public let by: String
        /// Why, in words.
        public let reason: String
        /// Why, for programs; nil in events of earlier versions.
        public let error: Refusal.Details?
        /// A rejection by the planner `by`.
        public init(by: String, _ refusal: Refusal) {
            self.by = by
            reason = "\(refusal)"
            error = refusal.details
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

extension Event {
    /// What the dead-lettering of a job's publication means to its campaign; nil for any other event.
    public var deadLettered: Event? {
        guard case .published(let job) = body else { return nil }
        return Event(
            id: job.publication == 1 ? "\(job.id).dead" : "\(job.id).dead-\(job.publication)", campaign: campaign,
            time: time, body: .dead(.init(job: job.id, reason: "delivered too often without a result")))
    }
}
