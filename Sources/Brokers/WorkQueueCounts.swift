import Campaigns

/// What the broker counts in the work queues of a campaign.
public struct WorkQueueCounts: Sendable {
    /// The queues in the order in which they are filled; the common one comes first.
    public let queues: [WorkQueue]
    /// Whether the common queue is gone.
    public private(set) var isCommonMissing = false
    private var depths: [WorkQueue: QueueDepth] = [:]

    /// The queues of some capabilities, each counted by `count`, which answers nil for one that is not there.
    public init(_ capabilities: Set<Capability>, count: (WorkQueue) async throws -> QueueDepth?) async throws {
        queues = WorkQueue.all(for: capabilities)
        for queue in queues {
            if let depth = try await count(queue) {
                depths[queue] = depth
            } else if queue == .common {
                isCommonMissing = true
            }
        }
    }

    /// What a queue holds; nothing where it was not counted.
    public subscript(_ queue: WorkQueue) -> QueueDepth {
        get { depths[queue] ?? QueueDepth(ready: 0, consumers: 0) }
        set { depths[queue] = newValue }
    }

    /// All queues together.
    public var total: QueueDepth {
        QueueDepth(
            ready: depths.values.reduce(0) { $0 + $1.ready }, consumers: depths.values.reduce(0) { $0 + $1.consumers })
    }

    /// Whether jobs may be put into a queue: it has a consumer, or no queue has one and it is the common one.
    public func isServed(_ queue: WorkQueue) -> Bool {
        self[queue].consumers > 0 || (queue == .common && total.consumers == 0)
    }

    /// Whether a worker is connected that can measure a job, all of it.
    public func canMeasure(_ job: Job) -> Bool {
        let points = job.experiments.map(\.parameters)
        return queues.contains { self[$0].consumers > 0 && points.allSatisfy($0.admits) }
    }

    /// The queue for an experiment at `point`: the common one, unless only workers of another queue can take it.
    public func queue(for point: Point) -> WorkQueue {
        if self[.common].consumers > 0 { return .common }
        return queues.first { self[$0].consumers > 0 && $0.admits(point) } ?? .common
    }
}

extension WorkQueue {
    /// The common queue, and those of some capabilities, in the order of their names.
    public static func all(for capabilities: Set<Capability>) -> [WorkQueue] {
        [.common] + capabilities.sorted { $0.queueName < $1.queueName }.map(WorkQueue.restricted)
    }
}

extension Broker {
    /// What the work queues of a campaign hold: the common one, and those of some capabilities; nothing where no planner has made them.
    public func counts(of campaign: CampaignName, _ capabilities: Set<Capability>) async throws -> WorkQueueCounts {
        try await WorkQueueCounts(capabilities) { queue in
            do { return try await depth(of: campaign, for: queue) } catch BrokerError.unknownCampaign { return nil }
        }
    }
}
