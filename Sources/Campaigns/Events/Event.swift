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

    /// The payload of an event. Large payloads are indirect; otherwise a job would make every event take 300 bytes.
    public enum Body: Hashable, Sendable {
        /// A planner opened the campaign.
        indirect case opened(Opening)
        /// The planner published a job.
        indirect case published(Job)
        /// The planner withdrew a job: for a fresher recommendation, at the campaign's end, or because the job was lost.
        case withdrawn(JobReference)
        /// A worker with a limited capability is connected.
        case present(Presence)
        /// A worker started measuring the job.
        case started(Start)
        /// Somebody has taken the job out of its queue for a time.
        indirect case claimed(Claim)
        /// A worker reports the progress of its measurement.
        case progressed(Progress)
        /// A worker measured the job.
        case measured(Measurement)
        /// A worker could not measure the job.
        case failed(Failure)
        /// The broker dead-lettered the job: it was delivered too often without an acknowledgement.
        case dead(JobReference)
        /// The job's worker was lost during the measurement; a person is to decide.
        case held(Hold)
        /// A person decided about a held job, or gave up a pending one.
        case released(Release)
        /// A worker returned the job unmeasured; it is to be published again.
        case returned(Hold)
        /// A person requests an experiment, or records one that was done without a job.
        case injected(Injection)
        /// A person takes a job's observation for wrong: nothing is learnt from it.
        case excluded(Verdict)
        /// A person takes a job's observation for right, however it looks.
        case included(Verdict)
        /// A person corrects a result that was mistyped; the record keeps both.
        indirect case corrected(Correction)
        /// A person says something about a job.
        case commented(Comment)
        /// A person puts a ready job to another place in its queue.
        case moved(Move)
        /// A person gives the campaign another budget.
        case budgeted(Budgeting)
        /// The measurement exceeds the campaign's timeout.
        case overdue(Overdue)
        /// A message was refused and went to the dead-letter queue.
        case unreadable(Rejection)
        /// No job is published until the campaign is resumed.
        case paused(Reason)
        /// Jobs are published again.
        case resumed(Reason)
        /// The campaign stops; running measurements still count.
        case stopped(Reason)
        /// The campaign has ended.
        case finished(Reason)
    }

    /// A planner that opens a campaign.
    public struct Opening: Hashable, Codable, Sendable {
        /// The planner's own name, host and process.
        public let planner: String
        /// The error that ended its last session; nil at its start.
        public let trouble: String?
        /// The version of Burette. (`version` is the wire contract's.)
        public let software: String
        /// The definition that it follows, so that the feed alone can rebuild a ledger.
        public let definition: Campaign
        /// Who started the planner; nil in events of earlier versions.
        public let by: String?
        /// What changed since the definition before, as far as the planner knew that; nil where nothing did.
        public let changes: [DefinitionChange]?
        /// An opening by `planner`.
        public init(
            planner: String, software: String, definition: Campaign, trouble: String? = nil, by: String? = nil,
            changes: [DefinitionChange]? = nil
        ) {
            self.by = by
            self.changes = changes
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
        /// The reason, as text.
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
        /// The reason, as text.
        public let reason: String
        /// Why, for programs; nil in events of earlier versions.
        public let error: Refusal.Details?
        /// The id of the message; nil in events of earlier versions.
        public let message: EventID?
        /// A rejection of `message` by the planner `by`.
        public init(by: String, message: EventID? = nil, _ refusal: Refusal) {
            self.by = by
            self.message = message
            reason = "\(refusal)"
            error = refusal.details
        }
    }

    /// The author and the reason.
    public struct Reason: Hashable, Codable, Sendable {
        /// The party that publishes it.
        public let by: String
        /// The reason, as text.
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
            id: id.replacing(".published", with: ".dead"), campaign: campaign, time: time,
            body: .dead(.init(job: job.id, reason: Self.deliveredTooOften)))
    }

    /// Why a job is given up that ends its workers.
    static let deliveredTooOften = "delivered too often without a result"
}
