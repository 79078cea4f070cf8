import Brokers
import Campaigns
import Logging
import ServiceRuntime

/// The durable record of one campaign's planner: its events, in order, each id once, and a few notes beside them.
///
/// What is recorded has happened: a planner records every decision before it publishes it. ``Ledger`` is the one of SQLite.
public protocol EventStore: Sendable {
    /// Its name in errors.
    var path: String { get }

    /// The events behind `sequence` (0: all of them), and the number of the last one.
    func events(after sequence: Int64) async throws -> (events: [Event], last: Int64)
    /// The operators' orders behind `sequence`, and the number of the last event of all.
    func orders(after sequence: Int64) async throws -> (orders: [Event], last: Int64)
    /// Records events that it does not have yet, in one transaction, and returns those. Nothing is recorded where it throws.
    @discardableResult
    func append(_ events: [Event]) async throws -> [Event]
    /// Records events as ``append(_:)`` does, and reads in the same transaction the operators' orders that stand between `sequence`
    /// and them: whoever folds these first has the fold of the store. `unconfirmed` are jobs among the events that are going to be
    /// published: see ``confirm()``.
    @discardableResult
    func record(_ events: [Event], unconfirmed: [JobID], after sequence: Int64) async throws -> RecordedEvents
    /// Notes that the broker confirmed everything that was published so far. May be lost at a power failure: the jobs then count as
    /// unconfirmed, which costs no more than what a recovery does with those.
    func confirm() async throws

    /// What a recovery begins with.
    func load() async throws -> StoredCampaign
    /// Keeps the bytes of a note that cannot be read, and goes on without it.
    func setAside(_ note: EventStoreNote, at sequence: Int64) async throws
    /// Notes that a recovery is over: the broker has confirmed everything, and the planner does what `condition` says.
    func recovered(_ syncPoint: SyncPoint, _ condition: PlannerCondition) async throws

    /// What the planner noted of itself last; nil where there never was one.
    func condition() async throws -> PlannerCondition?
    /// Notes what the planner does, or waits for.
    func note(_ condition: PlannerCondition) async throws

    /// The same store, for a party that waits as long as another program locks it.
    func waitingWhileLocked(_ dependencies: Dependencies, _ logger: Logger) -> any EventStore
}

/// What a planner finds when it records something.
public struct RecordedEvents: Sendable {
    /// The events that were new.
    public var news: [Event] = []
    /// The orders that an operator had put before them.
    public var orders: [Event] = []
    /// The number of the last event of all.
    public var last: Int64
}

/// What a store knows of its campaign.
public struct StoredCampaign: Sendable {
    /// All events.
    public var events: [Event]
    /// The number of the last event.
    public var last: Int64
    /// The jobs that were recorded as published, and of which no publisher confirm was noted; nil where the note cannot be read: any job
    /// may be one.
    public var unconfirmed: Set<JobID>?
    /// How far store and feed are known to have the same events; nil where that is not known.
    public var syncPoint: SyncPoint?
    /// The notes that cannot be read.
    public var unreadable: [EventStoreNote]
}

/// How far a store and the feed are known to have the same events.
public struct SyncPoint: Codable, Hashable, Sendable {
    /// The last event in the store.
    public var sequence: Int64
    /// The last event in the feed.
    public var position: FeedPosition

    /// The events up to `sequence` are those of the feed up to `position`.
    public init(sequence: Int64, position: FeedPosition) {
        self.sequence = sequence
        self.position = position
    }
}

/// What a planner does, or waits for.
public struct PlannerCondition: Codable, Hashable, Sendable {
    /// As text.
    public var text: String
    /// Whether something is wrong with it.
    public var isTrouble: Bool
    /// Since when, in seconds since 1970.
    public var since: Double

    /// A condition since a time.
    public init(text: String, isTrouble: Bool = false, since: Double) {
        self.text = text
        self.isTrouble = isTrouble
        self.since = since
    }

    private enum CodingKeys: String, CodingKey {
        case text = "words"
        case isTrouble, since
    }
}

/// The notes that a store keeps beside its events, by their names in the file.
public enum EventStoreNote: String, Hashable, Sendable {
    /// The jobs that may not be at the broker.
    case unconfirmed
    /// How far store and feed agree.
    case syncPoint = "meeting"
    /// What the planner does.
    case condition
}
