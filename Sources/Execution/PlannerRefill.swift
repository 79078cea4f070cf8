import Brokers
import Campaigns
import Dispatch
import Planners

/// Think first, swap later: the queue is never empty while the planner thinks.
extension PlannerSession {
    /// Keeps one job a worker and the lookahead published. With `fresh`, a learning planner replaces what is ready by what
    /// it recommends now. Returns what the queue holds then.
    mutating func refill(fresh: Bool) async throws -> QueueDepth {
        let depth = try await link.depth()
        let wanted = state.wantedPending(campaign, workers: depth.consumers)
        let held = max(0, state.pending.count - depth.ready)
        // The initial design was decided beforehand: it is not exchanged, and nothing overtakes it.
        let initialReady = state.pendingJobs.count { $0.job.origin == .initial } > held
        if fresh, planner.learns, !initialReady, depth.ready > 0 {
            let (recommendations, seconds) = try await think(wanted - held, pending: state.heldJobs(held))
            if !recommendations.isEmpty {
                try await withdraw(while: { $0 < depth.ready }, reason: "a fresher recommendation takes its place")
            }
            // What a worker took while the planner thought was not withdrawn: it stays, and a recommendation of the same goes.
            let taken = KnownPlaces(state.pendingJobs.map(\.job.parameters), in: campaign.space)
            let fresh = recommendations.filter { !taken.contains($0.parameters) }
            try await publish(Array(fresh.prefix(max(0, wanted - state.pending.count))), seconds)
        } else if wanted > state.pending.count {
            let (recommendations, seconds) = try await think(wanted - state.pending.count, pending: state.pendingJobs)
            try await publish(recommendations, seconds)
            if recommendations.isEmpty, state.pending.isEmpty {
                try await announce([.finished(.init(by: name, reason: "every point of the space has been measured"))])
            }
        }
        return QueueDepth(ready: max(0, state.pending.count - held), consumers: depth.consumers)
    }

    /// Takes ready jobs out of the queue, as long as `more` (told how many are taken) says so and there are any.
    ///
    /// Recorded before they are acknowledged: a planner that dies between the two finds them in the queue again, and in the
    /// ledger as withdrawn, and takes them out the next time.
    mutating func withdraw(while more: (Int) -> Bool, reason: String) async throws {
        var taken: [Parcel] = []
        var bodies: [Event.Body] = []
        while more(taken.count), let parcel = try await link.take() {
            guard case .published(let job)? = try? parcel.event(of: campaign.name).body else {
                try await link.bury(parcel, reason: "it stood in the work queue and is no job")
                continue
            }
            taken.append(parcel)
            if state.jobs[job.id]?.status.isOpen == true {
                bodies.append(.withdrawn(.init(job: job.id, reason: reason)))
            }
        }
        guard !taken.isEmpty else { return }
        let events = bodies.map { event("\($0.job?.rawValue ?? "").withdrawn", $0) }
        try await record(events)
        try await link.acknowledge(taken)
        try await link.publish(events)
    }

    /// Asks the planner, off the pool of threads that everything else runs on.
    private func think(_ count: Int, pending: [JobRecord]) async throws -> ([Recommendation], seconds: Double) {
        guard count > 0 else { return ([], 0) }
        let evidence = Evidence(
            observations: state.observations, pending: pending.map(\.job.parameters), failed: state.failedPoints)
        let planner = planner
        let began = surroundings.now()
        let recommendations = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try planner.recommend(count, given: evidence) })
            }
        }
        return (recommendations, surroundings.now() - began)
    }

    private mutating func publish(_ recommendations: [Recommendation], _ seconds: Double) async throws {
        let first = state.order.count + 1
        let events = recommendations.enumerated().map { offset, recommendation in
            let id = JobID(number: first + offset, random: surroundings.random())
            return event(
                "\(id).published",
                .published(
                    Job(
                        id: id, parameters: recommendation.parameters, objectives: campaign.objectives.map(\.name),
                        origin: recommendation.origin, redelivery: campaign.workers.redelivery,
                        explanation: recommendation.explanation, planSeconds: seconds)))
        }
        try await record(events)
        try await link.publish(events)
    }
}
