import Brokers
import Campaigns
import Planners

/// Think first, swap later: the queue is never empty while the planner thinks.
extension PlannerSession {
    /// Fills every work queue: see ``refill(_:_:fresh:)-(Capability?,_,_)``. Returns what they hold then.
    mutating func refill(_ queues: WorkQueues, fresh: Bool) async throws -> WorkQueues {
        var filled = queues
        for queue in queues.all { filled[queue] = try await refill(queue, queues, fresh: fresh) }
        return filled
    }

    /// Keeps one job a worker and the lookahead in a queue, given what it holds now. With `fresh`, a learning planner replaces what is ready by what it
    /// recommends now. Returns what the queue holds then.
    private mutating func refill(_ queue: Capability?, _ queues: WorkQueues, fresh: Bool) async throws -> QueueDepth {
        let (depth, isServed) = (queues[queue], queues.isServed(queue))
        func wanted() -> Int {
            state.wantedCirculating(campaign, for: queue, workers: depth.consumers, isServed: isServed)
        }
        let jobs = state.circulating(for: queue)
        let held = max(0, jobs.count - depth.ready)
        // The initial design was decided beforehand: it is not exchanged, and nothing overtakes it. Nor is what a person asked for.
        let initialReady = jobs.count { $0.job.origin == .initial } > held
        let askedReady = jobs.contains { $0.job.origin == .injected && $0.status == .ready }
        if fresh, planner.learns, isServed, !initialReady, !askedReady, depth.ready > 0 {
            let plan = try await think(
                wanted() - held, pending: state.unacknowledged(ready: depth.ready, for: queue), only: queue)
            if !plan.recommendations.isEmpty {
                try await withdraw(
                    from: [queue], while: { $0 < depth.ready }, reason: "a fresher recommendation takes its place"
                ) { $0.origin == .injected }
            }
            // What a worker took while the planner thought was not withdrawn: it stays, and a recommendation of the same goes.
            let taken = KnownPlaces(state.pendingJobs.map(\.job.parameters), in: campaign.space)
            try await publish(plan, most: wanted() - state.circulating(for: queue).count) { taken.contains($0) }
        } else if wanted() > jobs.count {
            let plan = try await think(wanted() - jobs.count, pending: state.pendingJobs, only: queue)
            try await publish(plan, most: plan.recommendations.count) { _ in false }
            if plan.recommendations.isEmpty, state.pending.isEmpty, try await isExhausted() {
                try await announce([.finished(.init(by: name, reason: "every point of the space has been measured"))])
            }
        }
        return QueueDepth(
            ready: max(0, state.circulating(for: queue).count - held), consumers: depth.consumers)
    }

    /// Whether there is no point left for any worker.
    private func isExhausted() async throws -> Bool {
        try await think(1, pending: [], only: nil).recommendations.isEmpty
    }

    /// Takes back what is ready where nobody is there to take it, while somebody else is: what they can measure is handed out to them, and what the planner
    /// thought of gives way to something that they can. What a person asked for waits.
    mutating func rescueStranded(_ queues: WorkQueues) async throws {
        guard queues.total.consumers > 0 else { return }
        for queue in queues.all where queues[queue].ready > 0 && queues[queue].consumers == 0 {
            let stranded = state.circulating(for: queue).filter { $0.status == .ready }.map(\.job)
            guard stranded.contains(where: { queues.canMeasure($0.parameters) || $0.origin != .injected }) else {
                continue
            }
            try await withdraw(from: [queue], while: { _ in true }, reason: "no worker is there that takes it") {
                queues.canMeasure($0.parameters) || $0.origin == .injected
            }
        }
    }

    /// Takes every ready job out of every queue; what a person asked for is handed out again later.
    mutating func withdrawAll(reason: String) async throws {
        try await withdraw(from: WorkQueues.order(opened), while: { _ in true }, reason: reason) {
            $0.origin == .injected
        }
    }

    /// Takes ready jobs out of queues, as long as `more` (told how many are taken) says so and there are any. Those that are to be `kept` are handed
    /// out again later. One that lost its worker ends as another worker would end it, where its campaign does not run a job again.
    ///
    /// Recorded and told before they are acknowledged: whoever takes over from a planner that dies between the two finds them in
    /// the queue again, and as withdrawn in the feed, and takes them out the next time.
    mutating func withdraw(
        from queues: [Capability?], while more: (Int) -> Bool, reason: String, kept: (Job) -> Bool
    ) async throws {
        var taken: [Parcel] = []
        var events: [Event] = []
        for queue in queues {
            while more(taken.count), let parcel = try await link.take(for: queue) {
                guard case .published(let job)? = try? parcel.event(of: campaign.name).body else {
                    try await link.bury(parcel, reason: "it stood in the work queue and is no job")
                    continue
                }
                taken.append(parcel)
                guard let record = state.jobs[job.id], record.status.circulates,
                    record.job.publication == job.publication
                else { continue }
                let isBegun = record.status != .ready
                let loss =
                    isBegun ? "its worker was lost in the middle" : "it was handed out before, and may have been begun"
                if parcel.redelivered, isBegun || kept(job), let end = end(ofLost: record, reason: loss) {
                    events.append(event(surroundings.identity(), end))
                } else if kept(job) {
                    let hold = Event.Hold(job: job.id, publication: job.publication, by: name, reason: reason)
                    events.append(event(surroundings.identity(), .returned(hold)))
                } else {
                    events.append(event("\(job.id).withdrawn", .withdrawn(.init(job: job.id, reason: reason))))
                }
            }
        }
        guard !taken.isEmpty else { return }
        try await record(events)
        try await tell(events)
        try await link.acknowledge(taken)
    }

    /// Closes jobs that do not stand in the queue. A measurement of one that comes all the same counts.
    mutating func withdraw(_ jobs: [JobID], reason: String) async throws {
        let events = jobs.map { event("\($0).withdrawn", .withdrawn(.init(job: $0, reason: reason))) }
        try await record(events)
        try await tell(events)
    }

    /// Recommendations, and what the planner knew when it made the first of them.
    private struct Plan {
        var recommendations: [Recommendation] = []
        var basis = Job.Basis(observations: 0, pending: [], failed: [])
        var seconds = 0.0
        var only: Capability?
    }

    /// Asks the planner, off the pool of threads that everything else runs on.
    private func think(_ count: Int, pending: [JobRecord], only: Capability?) async throws -> Plan {
        guard count > 0 else { return Plan() }
        let basis = Job.Basis(
            observations: state.observations.count, pending: pending.map(\.job.id),
            failed: state.failedJobs.map(\.job.id))
        let evidence = state.evidence(of: basis, only: only)
        let planner = planner
        let began = surroundings.now()
        let recommendations = try await surroundings.offloading.run { try planner.recommend(count, given: evidence) }
        return Plan(recommendations: recommendations, basis: basis, seconds: surroundings.now() - began, only: only)
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
                units: campaign.units, only: plan.only,
                origin: recommendation.origin, redelivery: campaign.workers.redelivery,
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
