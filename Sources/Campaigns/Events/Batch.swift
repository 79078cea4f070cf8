// Experiments that hardware makes at once: a furnace, a plate. One job asks for all of them, and each has a result of its own.

extension Job {
    /// One of the experiments that a batch asks for.
    public struct Sample: Hashable, Encodable, Sendable {
        /// Its own id, which its result names.
        public let job: JobID
        /// The whole point to measure, with what it shares with the others.
        public let parameters: Point
        /// Which part of the campaign it belongs to.
        public let origin: Origin
        /// Why this point: what the planner predicted of it.
        public let explanation: Explanation?
        /// The job that failed by accident, and whose point this one tries again.
        public let repeats: JobID?

        /// A sample at `parameters`.
        public init(
            job: JobID, parameters: Point, origin: Origin = .planned, explanation: Explanation? = nil,
            repeats: JobID? = nil
        ) {
            self.job = job
            self.parameters = parameters
            self.origin = origin
            self.explanation = explanation
            self.repeats = repeats
        }
    }

    /// The batch that an experiment belongs to.
    public struct Batch: Hashable, Codable, Sendable {
        /// The job that asks for all of it.
        public let job: JobID
        /// Which of its samples the experiment is, from 1.
        public let number: Int
        /// How many samples it has.
        public let size: Int
        /// What all its samples have in common.
        public let shared: Point
        /// The id of the event of its last publication, which asked for this sample and perhaps not for all others.
        public let publication: EventID
    }

    /// A batch of some experiments, all of the same campaign and for the same workers, with `shared` in common. `basis` is what the planner knew
    /// before it recommended the first of them that it recommended.
    public init(
        batch id: JobID, of experiments: [Job], sharing shared: Point, publication: Int = 1, basis: Basis? = nil,
        planSeconds: Double? = nil
    ) {
        let first = experiments.first
        let origins = experiments.map(\.origin)
        self.init(
            id: id, parameters: shared, objectives: first?.objectives ?? [], units: first?.units, only: first?.only,
            origin: origins.contains(.initial) ? .initial : origins.contains(.planned) ? .planned : .injected,
            redelivery: first?.redelivery ?? .rerun, publication: publication, basis: basis, planSeconds: planSeconds,
            samples: experiments.map { experiment in
                Sample(
                    job: experiment.id, parameters: experiment.parameters, origin: experiment.origin,
                    explanation: experiment.explanation, repeats: experiment.repeats)
            })
    }

    /// The experiments that it asks for, each as a job with a point and a result of its own: itself, or its samples.
    ///
    /// Each sample was recommended as if those before it were pending.
    public var experiments: [Job] { experiments(publishedAs: publicationID) }

    /// The same, where the id of the event of the publication is known.
    func experiments(publishedAs publicationID: EventID) -> [Job] {
        guard let samples else { return [self] }
        var known = basis
        return samples.enumerated().map { index, sample in
            let isRecommended = sample.origin != .injected && sample.repeats == nil
            defer { if isRecommended { known?.pending.append(sample.job) } }
            return Job(
                id: sample.job, parameters: sample.parameters, objectives: objectives, units: units, only: only,
                origin: sample.origin, redelivery: redelivery, publication: publication,
                explanation: sample.explanation, basis: isRecommended ? known : nil,
                planSeconds: isRecommended ? planSeconds : nil, repeats: sample.repeats,
                batch: Batch(
                    job: id, number: index + 1, size: samples.count, shared: parameters, publication: publicationID))
        }
    }

    /// It for some of its samples only.
    public func asking(for samples: [Sample]) -> Job {
        Job(
            id: id, parameters: parameters, objectives: objectives, units: units, only: only, origin: origin,
            redelivery: redelivery, publication: publication, basis: basis, planSeconds: planSeconds, samples: samples)
    }

    /// The id of the job that stands in the queue for this experiment: its batch's, or its own.
    public var message: JobID { batch?.job ?? id }

    /// What a party that does not know the batch needs of it; nil where it is none.
    public var samplesAlone: [Sample]? {
        samples?.map { Sample(job: $0.job, parameters: $0.parameters, origin: $0.origin) }
    }

    /// An experiment of a batch as a later publication says, which may leave out others: why it was recommended is what the first one said.
    func published(laterAs later: Job) -> Job {
        guard let batch, let laterBatch = later.batch, batch.job == laterBatch.job else { return later }
        return Job(
            id: id, parameters: parameters, objectives: objectives, units: units, only: later.only, origin: origin,
            redelivery: redelivery, publication: later.publication, explanation: explanation, basis: basis,
            planSeconds: planSeconds, repeats: repeats,
            batch: Batch(
                job: batch.job, number: batch.number, size: batch.size, shared: batch.shared,
                publication: laterBatch.publication))
    }
}

/// `origin` may be missing where only the point matters.
extension Job.Sample: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            job: try container.decode(JobID.self, forKey: .job),
            parameters: try container.decode(Point.self, forKey: .parameters),
            origin: try container.decodeIfPresent(String.self, forKey: .origin).map { text in
                guard let origin = Job.Origin(rawValue: text) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .origin, in: container, debugDescription: "\"\(text.prefix(40))\" is no origin")
                }
                return origin
            } ?? .planned,
            explanation: try container.decodeIfPresent(Explanation.self, forKey: .explanation),
            repeats: try container.decodeIfPresent(JobID.self, forKey: .repeats))
    }

    private enum CodingKeys: CodingKey { case job, parameters, origin, explanation, repeats }
}

extension Event.Body {
    /// The ids that a publication names: the job's own, and that of each of its experiments; none for any other event.
    public var publishedIDs: [JobID] {
        guard case .published(let job) = self else { return [] }
        return job.samples.map { [job.id] + $0.map(\.job) } ?? [job.id]
    }
}

extension CampaignState {
    /// The job that asks once more for some experiments that one message asked for, in a queue.
    public func republication(of records: [JobRecord], for queue: WorkQueue) -> Job? {
        guard let first = records.first?.job else { return nil }
        guard let batch = first.batch else { return first.republished(for: queue) }
        let experiments = records.map { record in
            var job = record.job
            job.only = queue.capability
            return job
        }
        return Job(
            batch: batch.job, of: experiments, sharing: batch.shared,
            // Samples of one batch may have been published together and apart: each publication has a number of its own.
            publication: 1 + (batchPublications[batch.job] ?? first.publication))
    }
}

extension [JobRecord] {
    /// Those that one message in a queue asks for together, in the order of the first of each. Cost: linear.
    public var byMessage: [[JobRecord]] { together(\.publicationID) }

    /// Those of each batch together, whichever message asked for them; in the order of the first of each. Cost: linear.
    public var byBatch: [[JobRecord]] { together(\.message.rawValue) }

    /// The job that asks for all of them, which are of one message; nil where there is none.
    public var message: Job? {
        guard let first = first?.job else { return nil }
        guard let batch = first.batch else { return first }
        return Job(batch: batch.job, of: map(\.job), sharing: batch.shared, publication: first.publication)
    }

    private func together(_ key: (Job) -> String) -> [[JobRecord]] {
        var places: [String: Int] = [:]
        return reduce(into: []) { groups, record in
            guard record.job.batch != nil else { return groups.append([record]) }
            let key = key(record.job)
            if let place = places[key] {
                groups[place].append(record)
            } else {
                places[key] = groups.count
                groups.append([record])
            }
        }
    }
}
