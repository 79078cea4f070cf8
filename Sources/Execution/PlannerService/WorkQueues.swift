import Brokers
import Campaigns

/// The work queues of a campaign, as the broker counts: the common one, and one for each kind of worker that cannot do everything.
public struct WorkQueues: Sendable {
    /// In the order in which they are filled; the common one is nil and comes first.
    public let all: [Capability?]
    /// Whether the common one is gone.
    public private(set) var isMissing = false
    private var depths: [Capability?: QueueDepth]

    /// The queues of some capabilities, and what each holds; nil for one that is not there.
    public init(_ capabilities: Set<Capability>, count: (Capability?) async throws -> QueueDepth?) async throws {
        all = Self.order(capabilities)
        depths = [:]
        for queue in all {
            if let depth = try await count(queue) { depths[queue] = depth } else if queue == nil { isMissing = true }
        }
    }

    /// The common queue, and those of some capabilities in order.
    static func order(_ capabilities: Set<Capability>) -> [Capability?] {
        [nil] + capabilities.sorted { $0.queueName < $1.queueName }
    }

    /// What one holds.
    public internal(set) subscript(_ queue: Capability?) -> QueueDepth {
        get { depths[queue] ?? QueueDepth(ready: 0, consumers: 0) }
        set { depths[queue] = newValue }
    }

    /// All of them together.
    public var total: QueueDepth {
        QueueDepth(
            ready: depths.values.reduce(0) { $0 + $1.ready }, consumers: depths.values.reduce(0) { $0 + $1.consumers })
    }

    /// Whether jobs may be put into a queue: somebody takes them there, or nobody is there at all and it is the common one.
    func isServed(_ queue: Capability?) -> Bool {
        self[queue].consumers > 0 || (queue == nil && total.consumers == 0)
    }

    /// Whether somebody is there who can measure at `point`.
    public func canMeasure(_ point: Point) -> Bool {
        all.contains { self[$0].consumers > 0 && $0?.admits(point) ?? true }
    }

    /// The queue for a job at `point`: the common one, unless only workers with another can take it.
    func queue(for point: Point) -> Capability? {
        if self[nil].consumers > 0 { return nil }
        return all.first { self[$0].consumers > 0 && $0?.admits(point) ?? true } ?? nil
    }
}
