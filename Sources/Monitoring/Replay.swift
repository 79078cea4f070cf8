import Campaigns
import Planners

/// A recomputed recommendation, from the data of that time.
public struct Replay: Sendable {
    /// The job as it was published.
    public let job: Job
    /// What the planner recommends on the same basis now; nil where it has nothing to recommend.
    public let recommendation: Recommendation?
    /// The version of the planner now; nil for one that does not learn.
    public let planner: String?

    /// Why a job cannot be replayed.
    public enum Obstacle: Error, Hashable, CustomStringConvertible {
        /// The campaign has no such job.
        case noJob(JobID)
        /// The job was published by a planner that did not write down what it knew.
        case noBasis(JobID)
        /// A person asked for it.
        case requested(JobID)
        /// It tries the point of another job again, after an accident.
        case repeats(JobID, of: JobID)
        /// It is a batch: each of its samples was recommended.
        case batch(JobID, samples: [JobID])

        public var description: String {
            switch self {
            case .noJob(let id): "the campaign has no job \(id)"
            case .noBasis(let id):
                "job \(id) was published by an earlier version, which did not write down what it knew"
            case .requested(let id): "a person asked for job \(id), no planner recommended it"
            case .repeats(let id, let other):
                "job \(id) tries the point of job \(other) again, after an accident; replay that one"
            case .batch(let id, let samples):
                "job \(id) is a batch; replay one of its samples: \(samples.map(\.rawValue).joined(separator: ", "))"
            }
        }
    }

    /// The replay of a job out of the campaign's `events`, under the definition that its planner followed then.
    /// Throws ``Obstacle``, or what the planner throws. Cost: one recommendation.
    public init(of id: JobID, in events: [Event]) throws {
        let state = CampaignState(events)
        if let samples = state.batches[id] { throw Obstacle.batch(id, samples: samples) }
        guard let job = state.jobs[id]?.job else { throw Obstacle.noJob(id) }
        if let other = job.repeats { throw Obstacle.repeats(id, of: other) }
        if job.origin == .injected { throw Obstacle.requested(id) }
        guard let basis = job.basis else { throw Obstacle.noBasis(id) }
        let before = CampaignState(events.prefix { $0.body.job != job.message })
        guard let definitions = before.definitions ?? state.definitions else { throw Obstacle.noJob(id) }
        var campaign = definitions.current
        campaign.budget = basis.budgets.flatMap { state.definitions?.budget(ordered: $0) } ?? definitions.fileBudget
        self.job = job
        let planner = try Planners.planner(for: campaign, recipe: Recipe(of: job.explanation?.planner))
        self.planner = planner.version
        var input = PlannerInput(state, basis: basis, only: job.only, definitions: before.definitions)
        // The first sample of a batch says what the others share.
        if let batch = job.batch, batch.number > 1 { input = input.sharing(batch.shared) }
        recommendation = try planner.recommend(1, given: input).first
    }

    /// A recorded number or text that is computed differently now.
    public struct Difference: Hashable, Sendable, Encodable {
        /// What.
        public let name: String
        /// As it was written down.
        public let recorded: String
        /// As it is computed now.
        public let recomputed: String
    }

    /// The differences between then and now, to the last bit.
    public var differences: [Difference] {
        guard let recommendation else {
            return [Difference(name: "recommendation", recorded: "\(job.parameters)", recomputed: "none")]
        }
        let then = Self.facts(job.parameters, job.origin, job.explanation)
        let now = Self.facts(recommendation.parameters, recommendation.origin, recommendation.explanation)
        let names = then.map(\.name) + now.map(\.name).filter { name in !then.contains { $0.name == name } }
        return names.compactMap { name in
            let recorded = then.first { $0.name == name }?.value ?? "nothing"
            let recomputed = now.first { $0.name == name }?.value ?? "nothing"
            return recorded == recomputed ? nil : Difference(name: name, recorded: recorded, recomputed: recomputed)
        }
    }

    /// Everything that a recommendation says, by name; numbers as the shortest text that reads back as the same.
    public static func facts(
        _ parameters: Point, _ origin: Job.Origin, _ explanation: Explanation?
    ) -> [(name: String, value: String)] {
        var facts = parameters.sorted { $0.key < $1.key }.map { (name: "parameter \($0.key)", value: "\($0.value)") }
        facts.append(("origin", origin.rawValue))
        guard let explanation else { return facts }
        facts.append(("planner", explanation.planner))
        func add(_ name: String, _ value: Double?) { if let value { facts.append((name, value.shortest)) } }
        add("mean", explanation.mean)
        add("deviation", explanation.standardDeviation)
        add("acquisition", explanation.acquisition)
        if let hyperparameters = explanation.hyperparameters {
            for (index, value) in hyperparameters.lengthscales.enumerated() { add("lengthscale \(index + 1)", value) }
            for (index, value) in hyperparameters.additiveLengthscales.enumerated() {
                add("additive lengthscale \(index + 1)", value)
            }
            add("additivity", hyperparameters.additivity)
            add("variance", hyperparameters.variance)
            add("noise", hyperparameters.noise)
            facts.append(("warp", hyperparameters.warp))
            add("warp parameter", hyperparameters.warpParameter)
            facts.append(("samples", "\(hyperparameters.samples)"))
        }
        for trouble in explanation.troubles { facts.append(("trouble", trouble.rawValue)) }
        return facts
    }
}
