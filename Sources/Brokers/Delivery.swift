import Campaigns
import Foundation

/// A message as the broker delivered it: not yet decoded, so that one that cannot be read is not lost.
public struct Delivery: Hashable, Sendable {
    /// The message's id, as its sender gave it.
    public let id: EventID
    /// The last word of its routing key: what kind of event its sender calls it.
    public let topic: String
    /// The body.
    public let body: Data
    /// How often it was delivered before.
    public let earlierDeliveries: Int
    /// Which queue it came out of.
    public let source: Source
    /// What the broker acknowledges it by, within its source.
    public let tag: UInt64

    /// The queue that a delivery comes from.
    public enum Source: Hashable, Sendable {
        /// The work queue.
        case work
        /// The planner's inbox.
        case inbox
        /// The feed, where nothing is acknowledged.
        case feed
    }

    /// A delivery of the given parts.
    public init(id: EventID, topic: String, body: Data, earlierDeliveries: Int, source: Source, tag: UInt64) {
        self.id = id
        self.topic = topic
        self.body = body
        self.earlierDeliveries = earlierDeliveries
        self.source = source
        self.tag = tag
    }

    /// Whether it was delivered before.
    public var redelivered: Bool { earlierDeliveries > 0 }

    /// Whether it was dead-lettered.
    public var isDeadLetter: Bool { topic == Topic.dead }

    /// Reads the event of `campaign` in it, or throws a ``Refusal``.
    ///
    /// A job that the broker gave up comes back as it was published, under the topic `dead`: it is read as that event.
    public func event(of campaign: CampaignName) throws(Refusal) -> Event {
        let event = try Event(json: body)
        guard event.campaign == campaign else { throw .otherCampaign(event.campaign, expected: campaign) }
        if isDeadLetter, let deadLettered = event.deadLettered { return deadLettered }
        // Permissions depend on the routing key, so type and key must agree.
        guard event.body.type == topic else { throw .otherRoutingKey(type: event.body.type, key: topic) }
        return event
    }

    /// Reads the job in it, or throws a ``Refusal``.
    public func job(of campaign: CampaignName) throws(Refusal) -> Job {
        guard case .published(let job) = try event(of: campaign).body else { throw .notAJob }
        return job
    }
}

/// The topics that are not simply an event's type.
enum Topic {
    static let dead = "dead"
    static let undelivered = "undelivered"
    static let unreadable = "unreadable"
    /// Before the name of the queue that a job is for.
    static let `for` = "for"

    /// The topic that a routing key tells.
    static func of(key: String) -> String {
        let parts = key.split(separator: ".")
        return parts.count < 2 || parts[1] == Self.for ? "published" : String(parts[parts.count - 1])
    }
}

/// The names and numbers that both brokers share.
public enum Topology {
    /// A job that came back so often is given up: it is delivered one time more than this at most.
    public static let deliveryLimit = JobRecord.mostLosses
    /// How long a worker may hold a job before the broker closes its channel, in milliseconds: 30 days. RabbitMQ takes it from
    /// the queue from 3.12 on; before, its own `consumer_timeout` rules (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout).
    public static let consumerTimeout: Int64 = 30 * 86_400_000
    /// The exchange of jobs and of everything else that planners say.
    static let jobs = "burette.jobs"
    /// The exchange of what workers say.
    static let results = "burette.results"
    /// The exchange of operators' orders.
    static let control = "burette.control"
    /// The exchange of what could not be delivered or read.
    static let dead = "burette.dead"

    /// The name of a work queue.
    public static func work(_ campaign: CampaignName, for queue: WorkQueue = .common) -> String {
        "burette.\(campaign).jobs" + (queue.capability.map { ".\($0.queueName)" } ?? "")
    }
    /// The routing key of a job for a queue.
    static func key(_ campaign: CampaignName, for queue: WorkQueue) -> String {
        campaign.rawValue + (queue.capability.map { ".\(Topic.for).\($0.queueName)" } ?? "")
    }
    /// The planner's inbox.
    public static func inbox(_ campaign: CampaignName) -> String { "burette.\(campaign).results" }
    /// The stream of all events.
    public static func feed(_ campaign: CampaignName) -> String { "burette.\(campaign).feed" }
    /// The campaign whose feed has a name; nil where it is no feed's.
    static func campaign(ofFeed name: String) -> CampaignName? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let campaign = try? CampaignName(String(parts[1])), feed(campaign) == name else {
            return nil
        }
        return campaign
    }
    /// The queue of what could not be delivered or read.
    public static func dead(_ campaign: CampaignName) -> String { "burette.\(campaign).dead" }
    /// The planner's lock.
    public static func lock(_ campaign: CampaignName) -> String { "burette.\(campaign).planner" }
}
