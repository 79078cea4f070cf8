/// One of a campaign's work queues: the common one, or that of workers with a limited capability.
public enum WorkQueue: Hashable, Sendable, CustomStringConvertible {
    /// The queue of the workers that take every job.
    case common
    /// The queue of the workers that take only jobs that they are capable of.
    case restricted(Capability)

    /// The queue of workers with `capability`; nil means unlimited.
    public init(for capability: Capability?) { self = capability.map(WorkQueue.restricted) ?? .common }

    /// The capability of its workers; nil means unlimited.
    public var capability: Capability? { if case .restricted(let capability) = self { capability } else { nil } }

    /// Whether its workers can measure at `point`.
    public func admits(_ point: Point) -> Bool { capability?.admits(point) ?? true }

    public var description: String { capability.map { "workers that take only \($0)" } ?? "all workers" }
}

extension Job {
    /// The queue it is published to.
    public var queue: WorkQueue { WorkQueue(for: only) }
}
