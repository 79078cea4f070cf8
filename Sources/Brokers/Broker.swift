import Campaigns

/// What stands between a planner and its workers: it hands each job to one worker at a time, takes it back from a worker
/// that goes, and keeps what was confirmed.
///
/// Two forms keep the same promises, and one conformance suite holds both to them: ``EmbeddedBroker`` inside one process,
/// and ``RabbitMQBroker`` between many.
public protocol Broker: Sendable {
    /// Becomes the one planner of a campaign: takes its lock, and makes its queues where they are missing.
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

    /// Gives the campaign's planner orders, such as paused or injected. Returns when the broker keeps them safe.
    func send(orders: [Event], to campaign: CampaignName) async throws

    /// The events of a campaign from the first to what is there now; with `follow` the stream then goes on with what comes.
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
    /// Becomes a worker of a campaign that gets every job.
    public func openWorker(_ campaign: CampaignName, as worker: String) async throws -> any WorkerLink {
        try await openWorker(campaign, as: worker, for: .common, announcing: nil)
    }

    /// What the broker itself counts in the common queue.
    public func depth(of campaign: CampaignName) async throws -> QueueDepth {
        try await depth(of: campaign, for: .common)
    }

    /// Gives the order's campaign's planner one order.
    public func send(order: Event) async throws { try await send(orders: [order], to: order.campaign) }
}

/// The planner's end. Everything goes over the one connection that holds the lock: when the broker gives the connection up,
/// the lock falls, and nothing can be published any more.
public protocol PlannerLink: Sendable {
    /// What workers and operators say, each to be acknowledged. Ends with an error when the link is lost.
    var inbox: AsyncThrowingStream<Delivery, any Error> { get }
    /// Which of the campaign's queues were missing when the link was opened, and were made then: what had been in them is gone.
    var made: Set<CampaignQueue> { get }
    /// Publishes events in their order and returns when the broker keeps them safe: jobs in the work queue and the feed,
    /// others in the feed.
    func publish(_ events: [Event]) async throws
    /// Makes the queue of the workers that can do `only`; true if it was missing.
    func open(_ only: Capability) async throws -> Bool
    /// Gets the first ready job of a queue (basic.get), to be acknowledged once its withdrawal is recorded; nil if there is none.
    func getJob(for queue: WorkQueue) async throws -> Delivery?
    /// Acknowledges deliveries: they are gone for good.
    func acknowledge(_ deliveries: [Delivery]) async throws
    /// Dead-letters a message that cannot be used, with the reason, and acknowledges it.
    func deadLetter(_ delivery: Delivery, reason: String) async throws
    /// What the broker itself counts in a work queue.
    func depth(for queue: WorkQueue) async throws -> QueueDepth
    /// How many jobs of a queue are delivered and not acknowledged; nil where the broker does not tell. It may be some seconds old.
    func unacknowledged(for queue: WorkQueue) async -> Int?
    /// Throws if the feed is gone, which nobody else would notice, or the inbox, whose end a broker in trouble may not have told.
    /// Answers how many messages stand in the inbox that the broker has not handed over.
    func requireQueues() async throws -> Int
    /// Puts events into the feed, and nowhere else.
    func restore(_ events: [Event]) async throws
    /// The feed from the event at `position` to the one with the id `marker`, which must have been published. From the first
    /// event where there is no position, or something else stands there now.
    func replay(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay
    /// Why the broker takes nothing at the moment; nil while it does.
    var blocked: String? { get }
    /// A fresh link over the same connection: the lock is kept, queues that are gone are made again, and what was not acknowledged
    /// comes once more. This one is of no use any more.
    func renewed() async throws -> any PlannerLink
    /// Lets the lock go, and gives back what is not acknowledged.
    func close() async
}

extension PlannerLink {
    /// Gets the first ready job of the common queue.
    public func getJob() async throws -> Delivery? { try await getJob(for: .common) }
    /// What the broker itself counts in the work queue.
    public func depth() async throws -> QueueDepth { try await depth(for: .common) }
}

/// A worker's end.
public protocol WorkerLink: Sendable {
    /// The jobs, one at a time: the next comes when the last is acknowledged. Ends with an error when the link is lost.
    var jobs: AsyncThrowingStream<Delivery, any Error> { get }
    /// What the broker itself counts in the worker's queue.
    func depth() async throws -> QueueDepth
    /// Asks for no further jobs, and waits for the broker's answer: ``jobs`` then ends, behind what was delivered before.
    func stopDeliveries() async throws
    /// Publishes what becomes of a job, and returns when the broker keeps it safe.
    func publish(_ event: Event) async throws
    /// Acknowledges a job whose result is confirmed.
    func acknowledge(_ delivery: Delivery) async throws
    /// Sends a job that cannot be read to the dead-letter queue.
    func refuse(_ delivery: Delivery) async throws
    /// Gives a job back for somebody else to measure.
    func giveBack(_ delivery: Delivery) async throws
    /// Ends the link, and gives back what is not acknowledged.
    func close() async
}

/// A queue of a campaign that events stand in.
public enum CampaignQueue: Hashable, Sendable, CaseIterable {
    /// The jobs that any worker may take that can do everything.
    case work
    /// What workers and operators say.
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

/// What can go wrong with any broker.
public enum BrokerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another planner holds the campaign.
    case held(CampaignName)
    /// No planner ever opened the campaign here.
    case unknownCampaign(CampaignName)
    /// A queue or exchange exists with other arguments.
    case otherArguments(name: String, reason: String)
    /// A queue is gone.
    case queueGone(name: String)
    /// The planner has not made the queue of workers that can do only this.
    case noQueue(for: Capability)
    /// The link is closed or lost.
    case linkClosed
    /// The feed could not be read up to its end.
    case feedCutShort(read: Int, reason: String)

    public var description: String {
        switch self {
        case .held(let name): "another planner holds the campaign \(name)"
        case .unknownCampaign(let name):
            "the broker does not know the campaign \(name): start its planner once (burette plan FILE), and look at the name"
        case .otherArguments(let name, let reason):
            "\(name) exists at the broker with other arguments (\(reason)); nothing was changed. Use another campaign name, or remove it with burette clear"
        case .queueGone(let name): "\(name) is gone"
        case .noQueue(let only):
            "the planner has not made the queue for workers that take only \(only): it must run, and its log says so if it knows no such values"
        case .linkClosed: "the link to the broker is closed"
        case .feedCutShort(let read, let reason):
            "the feed could not be read to its end: after \(read) events \(reason). Nothing is lost; try again"
        }
    }
}
