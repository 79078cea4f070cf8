import Campaigns
import Foundation

/// A message as the broker handed it over: not yet read, so that one that cannot be read is not lost.
public struct Parcel: Hashable, Sendable {
    /// The message's id, as its sender gave it.
    public let id: EventID
    /// The last word of its routing key: what kind of event its sender calls it.
    public let topic: String
    /// The body.
    public let body: Data
    /// How often it was delivered before without an end.
    public let earlierDeliveries: Int
    /// Which queue it came out of.
    public let source: Source
    /// What the broker acknowledges it by, within its source.
    public let tag: UInt64

    /// Where a parcel comes from.
    public enum Source: Hashable, Sendable {
        /// The work queue.
        case work
        /// The planner's inbox.
        case inbox
        /// The feed, where nothing is acknowledged.
        case feed
    }

    /// A parcel of the given parts.
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

    /// Whether the broker gave it up, or its worker refused it.
    public var isDeadLetter: Bool { topic == Topic.dead }

    /// Reads the event of `campaign` in it, or throws ``Event/Unreadable`` with the reason in words.
    ///
    /// A job that the broker gave up comes back as it was published, under the topic `dead`: it is read as that event.
    public func event(of campaign: CampaignName) throws(Event.Unreadable) -> Event {
        let event = try Event(json: body)
        guard event.campaign == campaign else {
            throw Event.Unreadable(reason: "it belongs to the campaign \(event.campaign), not \(campaign)")
        }
        guard isDeadLetter, case .published(let job) = event.body else {
            // Rights go by the routing key: nobody may say one thing under the name of another.
            guard event.body.type == topic else {
                throw Event.Unreadable(
                    reason: "it says \"\(event.body.type)\", but was sent as \"\(topic.prefix(40))\"")
            }
            return event
        }
        return Event(
            id: job.publication == 1 ? "\(job.id).dead" : "\(job.id).dead-\(job.publication)", campaign: campaign,
            time: event.time,
            body: .dead(.init(job: job.id, reason: "delivered too often without a result")))
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
        let words = key.split(separator: ".")
        return words.count < 2 || words[1] == Self.for ? "published" : String(words[words.count - 1])
    }
}

/// The names and numbers that both brokers share.
public enum Topology {
    /// A job that came back so often is given up: it is delivered one time more than this at most.
    public static let deliveryLimit = 4
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

    /// The work queue, or that of the workers that can do `only`.
    public static func work(_ campaign: CampaignName, for only: Capability? = nil) -> String {
        "burette.\(campaign).jobs" + (only.map { ".\($0.queueName)" } ?? "")
    }
    /// The routing key of a job for those workers.
    static func key(_ campaign: CampaignName, for only: Capability?) -> String {
        campaign.rawValue + (only.map { ".\(Topic.for).\($0.queueName)" } ?? "")
    }
    /// The planner's inbox.
    public static func inbox(_ campaign: CampaignName) -> String { "burette.\(campaign).results" }
    /// The stream of all events.
    public static func feed(_ campaign: CampaignName) -> String { "burette.\(campaign).feed" }
    /// The queue of what could not be delivered or read.
    public static func dead(_ campaign: CampaignName) -> String { "burette.\(campaign).dead" }
    /// The planner's lock.
    public static func lock(_ campaign: CampaignName) -> String { "burette.\(campaign).planner" }
}
