import Brokers
import Campaigns
import Logging
import Planners

/// Keeps the work queues filled with recommendations. It plans first and swaps later: a queue is never empty while the
/// planner computes.
struct Refill {
    /// So many recommendations are published before more are thought of: idle workers have something, and what came meanwhile is learnt from.
    private static let mostAtOnce = 32
    private let planner: any Planner
    /// Whether more is wanted than the last call of ``fill(_:fresh:_:_:)`` added.
    private(set) var wantsMore = false
    private var loggedTroubles: Set<Explanation.Trouble> = []

    init(planner: any Planner) { self.planner = planner }

    /// Fills every queue, given what they hold now; with `fresh`, a learning planner replaces what is ready by what it recommends now.
    /// Returns what they hold then.
    mutating func fill(
        _ counts: WorkQueueCounts, fresh: Bool, _ queues: WorkQueueManager, _ journal: inout Journal
    ) async throws -> WorkQueueCounts {
        var filled = counts
        wantsMore = false
        for queue in counts.queues {
            let held = max(0, journal.state.circulating(in: queue).count - counts[queue].ready)
            if fresh, mayReplace(queue, counts, held: held, journal.state) {
                try await replace(queue, counts, held: held, queues, &journal)
            } else {
                try await add(to: queue, counts, &journal)
            }
            filled[queue] = QueueDepth(
                ready: max(0, journal.state.circulating(in: queue).count - held), consumers: counts[queue].consumers)
        }
        return filled
    }

    private func wanted(_ queue: WorkQueue, _ counts: WorkQueueCounts, _ journal: Journal) -> Int {
        journal.state.wantedCirculating(
            journal.campaign, in: queue, workers: counts[queue].consumers, isServed: counts.isServed(queue))
    }

    /// Whether what is ready may give way to a fresher recommendation. The initial design was decided beforehand: it is not exchanged, and
    /// nothing overtakes it. Nor is what a person asked for, or what is tried again.
    private func mayReplace(
        _ queue: WorkQueue, _ counts: WorkQueueCounts, held: Int, _ state: CampaignState
    ) -> Bool {
        let jobs = state.circulating(in: queue)
        let initialReady = jobs.count { $0.job.origin == .initial } > held
        let askedReady = jobs.contains { $0.job.isOwed && $0.status == .ready }
        return planner.learns && counts.isServed(queue) && !initialReady && !askedReady && counts[queue].ready > 0
    }

    /// Replaces what is ready in a queue by what the planner recommends now.
    private mutating func replace(
        _ queue: WorkQueue, _ counts: WorkQueueCounts, held: Int, _ queues: WorkQueueManager,
        _ journal: inout Journal
    ) async throws {
        let ready = counts[queue].ready
        let plan = try await think(
            wanted(queue, counts, journal) - held, pending: journal.state.unacknowledged(ready: ready, in: queue),
            queue, journal)
        if !plan.recommendations.isEmpty {
            try await queues.withdraw(
                from: [queue], most: ready, reason: "replaced by a fresher recommendation", &journal, kept: \.isOwed)
        }
        // What a worker took while the planner thought was not withdrawn: it stays, and a recommendation of the same goes.
        let taken = DuplicateFilter(journal.state.pendingJobs.map(\.job.parameters), in: journal.campaign.space)
        let most = wanted(queue, counts, journal) - journal.state.circulating(in: queue).count
        try await publish(plan, most: most, &journal) { taken.contains($0) }
    }

    /// Adds what is wanted to a queue. The campaign ends where nothing is left to recommend.
    private mutating func add(
        to queue: WorkQueue, _ counts: WorkQueueCounts, _ journal: inout Journal
    ) async throws {
        let missing = wanted(queue, counts, journal) - journal.state.circulating(in: queue).count
        guard missing > 0 else { return }
        let plan = try await think(
            min(missing, Self.mostAtOnce), pending: journal.state.pendingJobs, queue, journal)
        wantsMore = wantsMore || missing > Self.mostAtOnce && !plan.recommendations.isEmpty
        try await publish(plan, most: plan.recommendations.count, &journal) { _ in false }
        guard plan.recommendations.isEmpty, journal.state.pending.isEmpty,
            try await think(1, pending: [], .common, journal).recommendations.isEmpty
        else { return }
        try await journal.announce([
            .finished(.init(by: journal.planner, reason: "every point of the space has been measured"))
        ])
    }

    /// Recommendations, and what the planner knew when it made the first of them.
    private struct Plan {
        var recommendations: [Recommendation] = []
        var basis = Job.Basis(observations: 0, pending: [], failed: [])
        var seconds = 0.0
        var queue = WorkQueue.common
    }

    /// Asks the planner, off the pool of threads that everything else runs on.
    private func think(
        _ count: Int, pending: [JobRecord], _ queue: WorkQueue, _ journal: Journal
    ) async throws -> Plan {
        guard count > 0 else { return Plan() }
        let (state, dependencies, planner) = (journal.state, journal.dependencies, planner)
        let basis = Job.Basis(
            observations: state.observations.count, pending: pending.map(\.job.id),
            failed: state.failedJobs.map(\.job.id))
        let input = PlannerInput(state, basis: basis, only: queue.capability)
        let began = dependencies.now()
        let recommendations = try await dependencies.offloading.run { try planner.recommend(count, given: input) }
        return Plan(
            recommendations: recommendations, basis: basis, seconds: dependencies.now() - began, queue: queue)
    }

    /// Publishes at most `most` of a plan's recommendations, but none that is a duplicate.
    private mutating func publish(
        _ plan: Plan, most: Int, _ journal: inout Journal, isDuplicate: (Point) -> Bool
    ) async throws {
        let campaign = journal.campaign
        let number = journal.nextNumber
        var (jobs, basis): ([Job], Job.Basis) = ([], plan.basis)
        for recommendation in plan.recommendations where jobs.count < most {
            // Whatever comes of it, the recommendations after it were made as if it were pending.
            guard !isDuplicate(recommendation.parameters) else {
                basis.skip(recommendation.parameters)
                continue
            }
            let id = JobID(number: number + jobs.count, random: journal.dependencies.random())
            let job = Job(
                id: id, parameters: recommendation.parameters, objectives: campaign.objectives.map(\.name),
                units: campaign.units, only: plan.queue.capability,
                origin: recommendation.origin, redelivery: campaign.workers.redelivery,
                explanation: recommendation.explanation, basis: basis, planSeconds: plan.seconds)
            jobs.append(job)
            basis.pending.append(id)
            log(recommendation.explanation?.troubles ?? [], of: id, journal.logger)
        }
        try await journal.publish(jobs)
    }

    /// A planner's trouble goes to the log when it first occurs; the report counts them all.
    private mutating func log(_ troubles: [Explanation.Trouble], of job: JobID, _ logger: Logger) {
        for trouble in troubles where loggedTroubles.insert(trouble).inserted {
            logger.warning(
                "planner: \(trouble.description) (job \(job))", metadata: ["trouble": "\(trouble.rawValue)"])
        }
    }
}
