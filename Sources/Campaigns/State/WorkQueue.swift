/// One of a campaign's work queues: the common one, or one of workers that can measure some jobs only.
public enum WorkQueue: Hashable, Sendable, CustomStringConvertible {
    /// The queue of the workers that take every job.
    case common
    /// The queue of the workers that take only jobs that they are capable of.
    case restricted(Capability)

    /// The queue of the workers that can do `capability`; nil is everything.
    public init(for capability: Capability?) { self = capability.map(WorkQueue.restricted) ?? .common }

    /// What its workers can do; nil is everything.
    public var capability: Capability? { if case .restricted(let capability) = self { capability } else { nil } }

    /// Whether its workers can measure at `point`.
    public func admits(_ point: Point) -> Bool { capability?.admits(point) ?? true }

    public var description: String { capability.map { "workers that take only \($0)" } ?? "all workers" }
}

extension Job {
    /// The queue that it stands in, or is delivered from.
    public var queue: WorkQueue { WorkQueue(for: only) }
}
