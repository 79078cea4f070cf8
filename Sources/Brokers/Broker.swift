import Campaigns

/// The message broker between a planner and its workers: it delivers each job to one worker at a time, requeues it when that worker
/// disconnects, and keeps confirmed messages safe.
///
/// Two implementations give the same guarantees, checked by one conformance suite: ``EmbeddedBroker`` inside one process,
/// and ``RabbitMQBroker`` between processes.
public protocol Broker: Sendable {
    /// Opens the planner's link: takes the campaign's lock and declares its queues.
    ///
    /// If another planner holds the lock, calls `standby` once and waits; with `wait` false throws ``BrokerError/held(_:)``.
    func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink

    /// Becomes a worker of a campaign that consumes `queue`. With `presence` it first announces what it can do. Throws ``BrokerError/unknownCampaign(_:)`` if no planner ever opened the campaign here, and
    /// ``BrokerError/noQueue(for:)`` until the planner has made the queue of such workers.
    func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink

    /// Publishes operators' orders, such as paused or injected. Returns once they are confirmed.
    func send(orders: [Event], to campaign: CampaignName) async throws

    /// Publishes what became of jobs, by a party that has none of them from this broker: somebody typed it. Returns once it is confirmed.
    func send(results: [Event], to campaign: CampaignName) async throws

    /// The events of a campaign from the first to the last; with `follow` the stream continues with new ones.
    func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error>

    /// What the broker itself counts in a work queue.
    func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth

    /// Whether a planner holds the campaign at the moment.
    func isPlanned(_ campaign: CampaignName) async throws -> Bool

    /// Removes a campaign's queues with what is in them, those of workers that cannot do everything among them. Holds the planner's lock
    /// until they are gone; throws ``BrokerError/held(_:)`` where a planner has it.
    func remove(_ campaign: CampaignName) async throws
}

extension Broker {
    /// Opens the link of a worker that consumes the common queue.
    public func openWorker(_ campaign: CampaignName, as worker: String) async throws -> any WorkerLink {
        try await openWorker(campaign, as: worker, for: .common, announcing: nil)
    }

    /// What the broker itself counts in the common queue.
    public func depth(of campaign: CampaignName) async throws -> QueueDepth {
        try await depth(of: campaign, for: .common)
    }

    /// Publishes one order.
    public func send(order: Event) async throws { try await send(orders: [order], to: order.campaign) }
}

/// The planner's link. It uses the one connection that holds the lock: when the broker closes the connection,
/// the lock is released, and nothing can be published any more.
public protocol PlannerLink: Sendable {
    /// Messages from workers and operators, each to be acknowledged. Ends with an error when the link is lost.
    var inbox: AsyncThrowingStream<Delivery, any Error> { get }
    /// The campaign's queues that were missing and declared anew when the link was opened: their former contents are lost.
    var made: Set<CampaignQueue> { get }
    /// Publishes events in order and returns once they are confirmed: jobs to the work queue and the feed,
    /// others to the feed.
    func publish(_ events: [Event]) async throws
    /// Makes the queue of the workers that can do `only`; true if it was missing.
    func open(_ only: Capability) async throws -> Bool
    /// Gets the first ready job of a queue (basic.get), to be acknowledged once its withdrawal is recorded; nil if there is none.
    func getJob(for queue: WorkQueue) async throws -> Delivery?
    /// Acknowledges deliveries.
    func acknowledge(_ deliveries: [Delivery]) async throws
    /// Dead-letters a message that cannot be used, with the reason, and acknowledges it.
    func deadLetter(_ delivery: Delivery, reason: String) async throws
    /// What the broker itself counts in a work queue.
    func depth(for queue: WorkQueue) async throws -> QueueDepth
    /// How many jobs of a queue are delivered and not acknowledged; nil where the broker does not tell. It may be some seconds old.
    func unacknowledged(for queue: WorkQueue) async -> Int?
    /// Throws if the feed or the inbox is gone: the broker does not always report that.
    /// Returns the number of undelivered messages in the inbox.
    func requireQueues() async throws -> Int
    /// Puts events into the feed, and nowhere else.
    func restore(_ events: [Event]) async throws
    /// The feed from the event at `position` to the one with the id `marker`, which must have been published. From the first
    /// event where there is no position, or something else stands there now.
    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay
    /// Why the broker blocks publishers (connection.blocked); nil while it does not.
    var blocked: String? { get }
    /// A new link over the same connection: the lock is kept, missing queues are declared again, and unacknowledged messages
    /// are redelivered. This link must not be used any more.
    func renewed() async throws -> any PlannerLink
    /// Releases the lock, and requeues unacknowledged messages.
    func close() async
}

extension PlannerLink {
    /// Gets the first ready job of the common queue.
    public func getJob() async throws -> Delivery? { try await getJob(for: .common) }
    /// What the broker itself counts in the work queue.
    public func depth() async throws -> QueueDepth { try await depth(for: .common) }
}

/// A worker's link.
public protocol WorkerLink: Sendable {
    /// The jobs, with prefetch 1: the next one is delivered when the last is acknowledged. Ends with an error when the link is lost.
    var jobs: AsyncThrowingStream<Delivery, any Error> { get }
    /// What the broker itself counts in the worker's queue.
    func depth() async throws -> QueueDepth
    /// Cancels the consumer (basic.cancel) and waits for the answer: ``jobs`` then ends after what was delivered before.
    func stopDeliveries() async throws
    /// Publishes a result or another event of a job, and returns once it is confirmed.
    func publish(_ event: Event) async throws
    /// Acknowledges a job whose result is confirmed.
    func acknowledge(_ delivery: Delivery) async throws
    /// Sends a job that cannot be read to the dead-letter queue.
    func refuse(_ delivery: Delivery) async throws
    /// Requeues a job (basic.nack).
    func giveBack(_ delivery: Delivery) async throws
    /// Closes the link, and requeues unacknowledged jobs.
    func close() async
}

/// A queue of a campaign that events stand in.
public enum CampaignQueue: Hashable, Sendable, CaseIterable {
    /// The common work queue.
    case work
    /// Messages from workers and operators.
    case inbox
    /// All events.
    case feed
}

/// An event's place in the feed.
public struct FeedPosition: Hashable, Codable, Sendable {
    /// Its number.
    public let offset: Int64
    /// The event that stood there.
    public let id: EventID
    /// The place `offset` of the event `id`.
    public init(offset: Int64, id: EventID) {
        self.offset = offset
        self.id = id
    }
}

/// A part of the feed.
public struct FeedReplay: Sendable {
    /// What was read; the marker comes last.
    public let deliveries: [Delivery]
    /// Whether it begins with the feed's first event.
    public let isWhole: Bool
    /// The place of the last event.
    public let end: FeedPosition
}

/// What a broker counts in a work queue.
public struct QueueDepth: Hashable, Sendable {
    /// Jobs that no worker holds.
    public let ready: Int
    /// Workers.
    public let consumers: Int
    /// A count of `ready` jobs and `consumers`.
    public init(ready: Int, consumers: Int) {
        self.ready = ready
        self.consumers = consumers
    }
}

/// Errors of any broker.
public enum BrokerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another planner holds the campaign.
    case held(CampaignName)
    /// No planner ever opened the campaign here.
    case unknownCampaign(CampaignName)
    /// A queue or exchange exists with other arguments.
    case otherArguments(name: String, reason: String)
    /// A queue is gone.
    case queueGone(name: String)
    /// The planner has not declared the queue for this capability yet.
    case noQueue(for: Capability)
    /// The link is closed or lost.
    case linkClosed
    /// The feed could not be read up to its end.
    case feedCutShort(read: Int, reason: String)
    /// The broker's version lacks what the guarantees need.
    case tooOld(product: String, needed: String)

    public var description: String {
        switch self {
        case .held(let name): "another planner holds the campaign \(name)"
        case .unknownCampaign(let name):
            "the broker does not know the campaign \(name): start its planner once (burette plan FILE), and check the name"
        case .otherArguments(let name, let reason):
            "\(name) exists at the broker with other arguments (\(reason)); nothing was changed. Use another campaign name, or remove it with burette clear"
        case .queueGone(let name): "\(name) is gone"
        case .noQueue(let only):
            "the planner has not made the queue for workers that take only \(only): it must run, and its log says so if it knows no such values"
        case .linkClosed: "the link to the broker is closed"
        case .feedCutShort(let read, let reason):
            "the feed could not be read to its end: after \(read) events \(reason). Nothing is lost; try again"
        case .tooOld(let product, let needed):
            "the broker is \(product), which can lose dead letters; RabbitMQ \(needed) or later is needed"
        }
    }
}
