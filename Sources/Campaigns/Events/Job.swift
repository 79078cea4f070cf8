/// The identity of a job, chosen by the planner: its number in the campaign and a few random digits, `0007-3fa9c1`.
public struct JobID: Hashable, Codable, Sendable, CustomStringConvertible, Comparable {
    /// The id as text.
    public let rawValue: String

    /// An id that came over the wire.
    public init(_ text: String) { rawValue = text }

    /// The id of the campaign's job `number` (from 1). The random part keeps it apart from jobs of an earlier campaign of
    /// the same name.
    public init(number: Int, random: UInt64) {
        let digits = String(random & 0xFF_FFFF, radix: 16)
        let count = String(number)
        rawValue =
            String(repeating: "0", count: max(0, 4 - count.count)) + count + "-"
            + String(repeating: "0", count: 6 - digits.count) + digits
    }

    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (one: JobID, other: JobID) -> Bool { one.rawValue < other.rawValue }
}

/// A job: a recommended experiment, with its explanation.
public struct Job: Hashable, Codable, Sendable {
    /// Its identity.
    public let id: JobID
    /// The point to measure.
    public let parameters: Point
    /// The names of the quantities that its result must have.
    public let objectives: [String]
    /// The units of parameters and objectives, by name, where they have one.
    public let units: [String: String]?
    /// The capability of the workers that it is for; nil means any worker.
    public internal(set) var only: Capability?
    /// Which part of the campaign it belongs to.
    public let origin: Origin
    /// What its worker does if the job is redelivered.
    public let redelivery: WorkerSettings.Redelivery
    /// 1, incremented each time the job is published again; 0 for a requested experiment before its first publication.
    public internal(set) var publication: Int
    /// Why this point: what the planner predicted of it.
    public let explanation: Explanation?
    /// The data that the recommendation is based on.
    public let basis: Basis?
    /// Seconds that the planner took for it and those published with it.
    public let planSeconds: Double?
    /// The job that failed by accident, and whose point this one tries again.
    public let repeats: JobID?
    /// The experiments of a batch; then `parameters` are what they have in common. Nil where it asks for one experiment.
    public let samples: [Sample]?
    /// The batch that it is one sample of; nil where it is a message of its own.
    public let batch: Batch?

    /// A job for `parameters`.
    public init(
        id: JobID, parameters: Point, objectives: [String], units: [String: String]? = nil,
        only: Capability? = nil, origin: Origin,
        redelivery: WorkerSettings.Redelivery = .rerun, publication: Int = 1, explanation: Explanation? = nil,
        basis: Basis? = nil, planSeconds: Double? = nil, repeats: JobID? = nil, samples: [Sample]? = nil,
        batch: Batch? = nil
    ) {
        self.samples = samples
        self.batch = batch
        self.repeats = repeats
        self.id = id
        self.parameters = parameters
        self.objectives = objectives
        self.units = units
        self.only = only
        self.origin = origin
        self.redelivery = redelivery
        self.publication = publication
        self.explanation = explanation
        self.basis = basis
        self.planSeconds = planSeconds
    }

    /// A job of `campaign` that no planner recommended, or that is known from its result alone.
    public init(
        id: JobID, parameters: Point, of campaign: Campaign, origin: Origin = .planned, publication: Int = 1,
        samples: [Sample]? = nil
    ) {
        self.init(
            id: id, parameters: parameters, objectives: campaign.objectives.map(\.name), units: campaign.units,
            origin: origin, redelivery: campaign.workers.redelivery, publication: publication, samples: samples)
    }

    /// The job as it is published once more, for another queue or the same.
    public func republished(for queue: WorkQueue) -> Job {
        var job = self
        job.publication += 1
        job.only = queue.capability
        return job
    }

    /// Another job at its point, after an accident; not one that the planner recommended, whose recommendation could be reproduced.
    public func again(as id: JobID, for queue: WorkQueue) -> Job {
        Job(
            id: id, parameters: parameters, objectives: objectives, units: units, only: queue.capability,
            origin: origin, redelivery: redelivery, repeats: self.id)
    }

    /// Whether nothing else may take its place: a person asked for it, or it tries a point again.
    public var isOwed: Bool {
        guard let samples else { return origin == .injected || repeats != nil }
        return samples.contains { $0.origin == .injected || $0.repeats != nil }
    }

    /// Whether a person asked for it.
    public var isRequested: Bool { origin == .injected }

    /// The id of the event of its publication. Two planners that do not know of each other may publish a batch again, each with other samples of it.
    public var publicationID: EventID {
        if let batch { return batch.publication }
        guard publication > 1 else { return "\(id).published" }
        let samples = samples.map { "-" + $0.map(\.job.rawValue).joined(separator: " ").stableHash } ?? ""
        return "\(id).published-\(publication)\(samples)"
    }

    /// The data that a recommendation is based on, in terms of the campaign's events: enough to reproduce it.
    public struct Basis: Hashable, Codable, Sendable {
        /// How many observations: the first ones, in the order in which the planner took them.
        public var observations: Int
        /// The jobs that were pending, in the planner's order.
        public var pending: [JobID]
        /// The jobs that had failed, or that people had withdrawn.
        public var failed: [JobID]
        /// The measured jobs whose observations people had called wrong; nil where there were none.
        public var excluded: [JobID]?
        /// Those that people had vouched for; nil where there were none.
        public var trusted: [JobID]?
        /// How many corrections of results were known: the first ones, in the order in which the planner took them; nil where there were none.
        public var corrected: Int?
        /// How many budgets people had given, the last of which held; nil where the file's held.
        public var budgets: Int?
        /// Points recommended before it in the same batch that were not published as jobs.
        public var unpublished: [Unpublished]?

        /// A pending point without a job.
        public struct Unpublished: Hashable, Codable, Sendable {
            /// How many of the pending jobs stand before it.
            public var position: Int
            /// The point.
            public var parameters: Point
        }

        /// A basis of the given parts.
        public init(observations: Int, pending: [JobID], failed: [JobID]) {
            self.observations = observations
            self.pending = pending
            self.failed = failed
        }

        /// Adds a point that was recommended but not published to the pending ones.
        public mutating func skip(_ parameters: Point) {
            unpublished = (unpublished ?? []) + [Unpublished(position: pending.count, parameters: parameters)]
        }
    }

    /// Where a job comes from.
    public enum Origin: String, Hashable, Codable, Sendable {
        /// The initial design: decided beforehand, never withdrawn for a fresher one.
        case initial
        /// The planner's model.
        case planned
        /// A person.
        case injected
    }
}

extension String {
    /// Eight digits that are the same for the same text on every host (FNV-1a, 32 bits).
    fileprivate var stableHash: String {
        let hash = utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
