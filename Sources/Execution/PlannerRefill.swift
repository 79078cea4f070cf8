import Brokers
import Campaigns
import Planners

/// Think first, swap later: the queue is never empty while the planner thinks.
extension PlannerSession {
    /// Keeps one job a worker and the lookahead published, given what the queue holds now. With `fresh`, a learning planner replaces what is ready by what
    /// it recommends now. Returns what the queue holds then.
    mutating func refill(_ depth: QueueDepth, fresh: Bool) async throws -> QueueDepth {
        let wanted = state.wantedCirculating(campaign, workers: depth.consumers)
        let held = max(0, state.circulating.count - depth.ready)
        // The initial design was decided beforehand: it is not exchanged, and nothing overtakes it.
        let initialReady = state.circulating.count { $0.job.origin == .initial } > held
        // Nor is what a person asked for.
        let askedReady = state.circulating.contains { $0.job.origin == .injected && $0.status == .ready }
        if fresh, planner.learns, !initialReady, !askedReady, depth.ready > 0 {
            let plan = try await think(wanted - held, pending: state.unacknowledged(ready: depth.ready))
            if !plan.recommendations.isEmpty {
                try await withdraw(while: { $0 < depth.ready }, reason: "a fresher recommendation takes its place")
            }
            // What a worker took while the planner thought was not withdrawn: it stays, and a recommendation of the same goes.
            let taken = KnownPlaces(state.pendingJobs.map(\.job.parameters), in: campaign.space)
            let room = state.wantedCirculating(campaign, workers: depth.consumers) - state.circulating.count
            try await publish(plan, most: room) { taken.contains($0) }
        } else if wanted > state.circulating.count {
            let plan = try await think(wanted - state.circulating.count, pending: state.pendingJobs)
            try await publish(plan, most: plan.recommendations.count) { _ in false }
            if plan.recommendations.isEmpty, state.pending.isEmpty {
                try await announce([.finished(.init(by: name, reason: "every point of the space has been measured"))])
            }
        }
        return QueueDepth(ready: max(0, state.circulating.count - held), consumers: depth.consumers)
    }

    /// Takes ready jobs out of the queue, as long as `more` (told how many are taken) says so and there are any. Unless it is `forGood`,
    /// what a person asked for is handed out again later.
    ///
    /// Recorded and told before they are acknowledged: whoever takes over from a planner that dies between the two finds them in
    /// the queue again, and as withdrawn in the feed, and takes them out the next time.
    mutating func withdraw(while more: (Int) -> Bool, reason: String, forGood: Bool = false) async throws {
        var taken: [Parcel] = []
        var bodies: [Event.Body] = []
        while more(taken.count), let parcel = try await link.take() {
            guard case .published(let job)? = try? parcel.event(of: campaign.name).body else {
                try await link.bury(parcel, reason: "it stood in the work queue and is no job")
                continue
            }
            taken.append(parcel)
            guard state.jobs[job.id]?.status.isOpen == true else { continue }
            if job.origin == .injected, !forGood {
                bodies.append(.returned(.init(job: job.id, publication: job.publication, by: name, reason: reason)))
            } else {
                bodies.append(.withdrawn(.init(job: job.id, reason: reason)))
            }
        }
        guard !taken.isEmpty else { return }
        let events = bodies.map { body in
            if case .withdrawn(let reference) = body {
                event("\(reference.job).withdrawn", body)
            } else {
                event(surroundings.identity(), body)
            }
        }
        try await record(events)
        try await link.publish(events)
        try await link.acknowledge(taken)
    }

    /// Closes jobs that are nowhere: published more than a minute ago, and nobody is known to have them, while the queue has been
    /// empty for as long. Only several disasters at once can leave one (docs/guarantees.md).
    mutating func writeOffLostJobs(_ depth: QueueDepth) async throws {
        let now = surroundings.now()
        emptySince = depth.ready == 0 ? emptySince ?? now : nil
        guard let emptySince, now - emptySince >= Self.patience else { return }
        let lost = state.unclaimed.filter { now - $0.published >= Self.patience }
        guard !lost.isEmpty else { return }
        logger.warning("\(lost.count) jobs are in no queue and with no worker; others take their place")
        try await withdraw(lost.map(\.job.id), reason: "it was in no queue and with no worker")
    }

    /// How long a worker may take to say that it has begun, in seconds.
    private static let patience = 60.0

    /// Closes jobs that do not stand in the queue. A measurement of one that comes all the same counts.
    mutating func withdraw(_ jobs: [JobID], reason: String) async throws {
        let events = jobs.map { event("\($0).withdrawn", .withdrawn(.init(job: $0, reason: reason))) }
        try await record(events)
        try await link.publish(events)
    }

    /// Recommendations, and what the planner knew when it made the first of them.
    private struct Plan {
        var recommendations: [Recommendation] = []
        var basis = Job.Basis(observations: 0, pending: [], failed: [])
        var seconds = 0.0
    }

    /// Asks the planner, off the pool of threads that everything else runs on.
    private func think(_ count: Int, pending: [JobRecord]) async throws -> Plan {
        guard count > 0 else { return Plan() }
        let basis = Job.Basis(
            observations: state.observations.count, pending: pending.map(\.job.id),
            failed: state.failedJobs.map(\.job.id))
        let evidence = state.evidence(of: basis)
        let planner = planner
        let began = surroundings.now()
        let recommendations = try await surroundings.offloading.run { try planner.recommend(count, given: evidence) }
        return Plan(recommendations: recommendations, basis: basis, seconds: surroundings.now() - began)
    }

    /// Publishes at most `most` of a plan's recommendations, but none that is `taken`.
    private mutating func publish(_ plan: Plan, most: Int, but taken: (Point) -> Bool) async throws {
        var (jobs, basis): ([Job], Job.Basis) = ([], plan.basis)
        for recommendation in plan.recommendations where jobs.count < most {
            // Whatever comes of it, the recommendations after it were made as if it were pending.
            guard !taken(recommendation.parameters) else {
                basis.skip(recommendation.parameters)
                continue
            }
            let id = JobID(
                number: state.order.count - state.tally.given + 1 + jobs.count, random: surroundings.random())
            let job = Job(
                id: id, parameters: recommendation.parameters, objectives: campaign.objectives.map(\.name),
                units: campaign.units, origin: recommendation.origin, redelivery: campaign.workers.redelivery,
                explanation: recommendation.explanation, basis: basis, planSeconds: plan.seconds)
            jobs.append(job)
            basis.pending.append(id)
            say(recommendation.explanation?.troubles ?? [], of: id)
        }
        try await publish(jobs)
    }

    /// A planner's trouble goes to the log when it first occurs; the report counts them all.
    private mutating func say(_ troubles: [Explanation.Trouble], of job: JobID) {
        for trouble in troubles where troublesSaid.insert(trouble).inserted {
            logger.warning("planner: \(trouble.inWords) (job \(job))", metadata: ["trouble": "\(trouble.rawValue)"])
        }
    }
}
