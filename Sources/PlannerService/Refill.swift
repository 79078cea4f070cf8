import Brokers
import Campaigns
import Logging
import Planners
import ServiceRuntime

/// Keeps the work queues filled with recommendations. It plans first and swaps later: a queue is never empty while the
/// planner computes.
struct Refill {
    /// So many recommendations are published before more are thought of: idle workers have something, and what came meanwhile is learnt from.
    private static let mostAtOnce = 32
    private let planner: any Planner
    /// Whether more is wanted than the last call of ``fill(_:fresh:_:_:)`` added.
    private(set) var wantsMore = false
    private var freshening = Freshening()
    private var loggedTroubles: Set<Explanation.Trouble> = []

    init(planner: any Planner) { self.planner = planner }

    /// Fills every queue, given what they hold now; with `fresh`, a learning planner replaces what is ready by what it recommends now.
    /// Returns what they hold then.
    mutating func fill(
        _ counts: WorkQueueCounts, fresh: Bool, _ queues: WorkQueueManager, _ journal: inout Journal
    ) async throws -> WorkQueueCounts {
        var filled = counts
        wantsMore = false
        let isFresh = freshening.isDue(fresh, now: journal.dependencies.now())
        for queue in counts.queues {
            let held = journal.state.held(ready: counts[queue].ready, in: queue).byMessage.count
            if isFresh, mayReplace(queue, counts, held: held, journal.state) {
                let began = journal.dependencies.now()
                try await replace(queue, counts, queues, &journal)
                freshening.took(
                    from: began, to: journal.dependencies.now(), workers: counts.total.consumers)
            } else {
                try await add(to: queue, counts, &journal)
            }
            filled[queue] = QueueDepth(
                ready: max(0, journal.state.circulating(in: queue).byMessage.count - held),
                consumers: counts[queue].consumers)
        }
        return filled
    }

    private func missing(
        _ queue: WorkQueue, _ counts: WorkQueueCounts, beside present: [JobRecord], _ journal: Journal
    ) -> Int {
        journal.state.missing(
            journal.campaign, in: queue, workers: counts[queue].consumers, isServed: counts.isServed(queue),
            beside: present)
    }

    /// Whether what is ready may give way to a fresher recommendation. The initial design was decided beforehand: it is not exchanged, and
    /// nothing overtakes it. Nor is what a person asked for or put into another order, or what is tried again.
    private func mayReplace(
        _ queue: WorkQueue, _ counts: WorkQueueCounts, held: Int, _ state: CampaignState
    ) -> Bool {
        let jobs = state.circulating(in: queue)
        let initialReady = jobs.byMessage.count { $0.contains { $0.job.origin == .initial } } > held
        let askedReady = jobs.contains { ($0.job.isOwed || $0.isMoved) && $0.status == .ready }
        return planner.learns && counts.isServed(queue) && !initialReady && !askedReady && counts[queue].ready > 0
    }

    /// Replaces what is ready in a queue by what the planner recommends now.
    private mutating func replace(
        _ queue: WorkQueue, _ counts: WorkQueueCounts, _ queues: WorkQueueManager, _ journal: inout Journal
    ) async throws {
        let ready = counts[queue].ready
        let held = journal.state.held(ready: ready, in: queue)
        let plan = try await think(
            missing(queue, counts, beside: held, journal),
            pending: journal.state.unacknowledged(ready: ready, in: queue), queue, journal)
        if !plan.recommendations.isEmpty {
            try await queues.withdraw(
                from: [queue], most: ready, reason: "replaced by a fresher recommendation", &journal
            ) { $1.isOwed }
        }
        // What a worker took while the planner thought was not withdrawn: it stays, and a recommendation of the same goes.
        let taken = DuplicateFilter(journal.state.pendingJobs.map(\.job.parameters), in: journal.campaign.space)
        let most = missing(queue, counts, beside: journal.state.circulating(in: queue), journal)
        try await publish(plan, most: most, &journal) { taken.contains($0) }
    }

    /// Adds what is wanted to a queue. The campaign ends where nothing is left to recommend.
    private mutating func add(
        to queue: WorkQueue, _ counts: WorkQueueCounts, _ journal: inout Journal
    ) async throws {
        let missing = missing(queue, counts, beside: journal.state.circulating(in: queue), journal)
        guard missing > 0 else { return }
        let most = max(Self.mostAtOnce, journal.campaign.batches?.size ?? 1)
        let plan = try await think(min(missing, most), pending: journal.state.pendingJobs, queue, journal)
        wantsMore = wantsMore || missing > most && !plan.recommendations.isEmpty
        try await publish(plan, most: missing, &journal) { _ in false }
        guard plan.recommendations.isEmpty, journal.state.pending.isEmpty,
            journal.state.retriesWanted(journal.campaign).isEmpty,
            try await think(1, pending: [], .common, journal).recommendations.isEmpty
        else { return }
        try await journal.announce([
            .finished(.init(by: journal.planner, reason: "every point of the space has been measured"))
        ])
    }

    /// Publishes a batch of experiments that are owed, all of which share some values and go to one queue; the planner fills what is free in it.
    mutating func publish(owed: [OwedExperiment], sharing shared: Point, in queue: WorkQueue, _ journal: inout Journal)
        async throws
    {
        guard let size = journal.campaign.batches?.size else { return }
        let id = JobID(number: journal.nextNumber, random: journal.dependencies.random())
        let experiments = owed.enumerated().map { $1.experiment(as: id.sample($0 + 1), for: queue) }
        let owedAlone = Job(batch: id, of: experiments, sharing: shared)
        // What is owed is pending when the planner thinks of what goes with it.
        var state = journal.state
        state.apply(journal.event(owedAlone.publicationID, .published(owedAlone)))
        let free = min(size - owed.count, state.room(journal.campaign) ?? .max)
        let plan = try await think(free, in: state, pending: state.pendingJobs, queue, journal.dependencies) {
            [try $0.recommend(free, at: shared, given: $1)]
        }
        let fillers = plan.recommendations.joined().enumerated().map { index, recommendation in
            journal.job(recommendation, as: id.sample(owed.count + index + 1), for: queue)
        }
        for filler in fillers { log(filler.explanation?.troubles ?? [], of: filler.id, journal.logger) }
        try await journal.publish([
            Job(
                batch: id, of: experiments + fillers, sharing: shared, basis: fillers.isEmpty ? nil : plan.basis,
                planSeconds: fillers.isEmpty ? nil : plan.seconds)
        ])
    }

    /// Recommendations, those of one job together, and what the planner knew when it made the first of them.
    private struct Plan {
        var recommendations: [[Recommendation]] = []
        var basis = Job.Basis(observations: 0, pending: [], failed: [])
        var seconds = 0.0
        var queue = WorkQueue.common
    }

    /// Asks the planner for experiments, off the pool of threads that everything else runs on.
    private func think(
        _ count: Int, pending: [JobRecord], _ queue: WorkQueue, _ journal: Journal
    ) async throws -> Plan {
        let batches = journal.campaign.batches
        return try await think(count, in: journal.state, pending: pending, queue, journal.dependencies) {
            guard let batches else { return try $0.recommend(count, given: $1).map { [$0] } }
            return try $0.recommend(count, in: batches, given: $1)
        }
    }

    /// The planner under the budget that holds now.
    private func planner(in state: CampaignState) -> any Planner {
        guard let budget = state.definition?.budget else { return planner }
        return planner.following(budget)
    }

    /// The same in a state, of which the planner is asked as `ask` does.
    private func think(
        _ count: Int, in state: CampaignState, pending: [JobRecord], _ queue: WorkQueue, _ dependencies: Dependencies,
        _ ask: @escaping @Sendable (any Planner, PlannerInput) throws -> [[Recommendation]]
    ) async throws -> Plan {
        guard count > 0 else { return Plan() }
        let planner = planner(in: state)
        let basis = Job.Basis(state, pending: pending)
        let input = PlannerInput(state, basis: basis, only: queue.capability)
        let began = dependencies.now()
        let recommendations = try await dependencies.offloading.run { try ask(planner, input) }
        return Plan(
            recommendations: recommendations, basis: basis, seconds: dependencies.now() - began, queue: queue)
    }

    /// Publishes at most `most` of a plan's experiments, but no job with one that is a duplicate.
    private mutating func publish(
        _ plan: Plan, most: Int, _ journal: inout Journal, isDuplicate: (Point) -> Bool
    ) async throws {
        let number = journal.nextNumber
        var (jobs, count, basis): ([Job], Int, Job.Basis) = ([], 0, plan.basis)
        for group in plan.recommendations where count < most {
            // Whatever comes of it, the recommendations after it were made as if it were pending.
            guard !group.contains(where: { isDuplicate($0.parameters) }) else {
                for recommendation in group { basis.skip(recommendation.parameters) }
                continue
            }
            let id = JobID(number: number + jobs.count, random: journal.dependencies.random())
            let job: Job
            if let batches = journal.campaign.batches {
                let experiments = group.prefix(most - count).enumerated().map { index, recommendation in
                    journal.job(recommendation, as: id.sample(index + 1), for: plan.queue)
                }
                job = Job(
                    batch: id, of: experiments, sharing: batches.shared(of: group[0].parameters), basis: basis,
                    planSeconds: plan.seconds)
            } else {
                job = journal.job(group[0], as: id, for: plan.queue, basis: basis, planSeconds: plan.seconds)
            }
            jobs.append(job)
            count += job.experiments.count
            basis.pending += job.experiments.map(\.id)
            for experiment in job.experiments {
                log(experiment.explanation?.troubles ?? [], of: experiment.id, journal.logger)
            }
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

extension Job.Basis {
    /// What is known in a state while some experiments are pending.
    fileprivate init(_ state: CampaignState, pending: [JobRecord]) {
        self.init(
            observations: state.observations.count, pending: pending.map(\.job.id),
            failed: (state.failedJobs + state.unwantedJobs).map(\.job.id))
        let (excluded, trusted) = (state.judged(right: false), state.judged(right: true))
        corrected = state.corrections.isEmpty ? nil : state.corrections.count
        if let definitions = state.definitions, definitions.isBudgetOrdered {
            budgets = definitions.orderedBudgets.count
        }
        (self.excluded, self.trusted) = (excluded.isEmpty ? nil : excluded, trusted.isEmpty ? nil : trusted)
    }
}

extension Journal {
    /// A recommendation as a job of the campaign.
    fileprivate func job(
        _ recommendation: Recommendation, as id: JobID, for queue: WorkQueue, basis: Job.Basis? = nil,
        planSeconds: Double? = nil
    ) -> Job {
        Job(
            id: id, parameters: recommendation.parameters, objectives: campaign.objectives.map(\.name),
            units: campaign.units, only: queue.capability, origin: recommendation.origin,
            redelivery: campaign.workers.redelivery, explanation: recommendation.explanation, basis: basis,
            planSeconds: planSeconds)
    }
}
