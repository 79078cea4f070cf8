import Campaigns

/// How many jobs a planner keeps in circulation, and which of them it takes for being measured.
extension CampaignState {
    /// How many experiments are missing in one queue beside those that are `present`, where `workers` consume it: it is to have one job a worker and
    /// the lookahead for every eight workers, and the common one the initial design at once; never more than the budget still allows to be measured, where a job that is
    /// kept back, or is to be tried again, may still be. What a person asks for is no matter of the budget.
    func missing(
        _ campaign: Campaign, in queue: WorkQueue, workers: Int, isServed: Bool, beside present: [JobRecord]
    ) -> Int {
        guard isServed else { return 0 }
        let size = campaign.batches?.size ?? 1
        let asked = circulating.count { $0.job.origin == .injected }
        let keptBack = pendingJobs.filter { !$0.circulates }.map(\.job) + retriesDue(campaign)
        let kept = keptBack.count { $0.origin != .injected }
        let others = circulating.count { $0.job.queue != queue }
        let initial =
            queue == .common ? campaign.initialDesignSize - observations.count - failedJobs.count - kept - others : 0
        // Many workers take what is ready in less time than a plan takes.
        let ahead = campaign.planner.lookahead * max(1, (workers + 7) / 8)
        let jobs = max(workers + ahead, (initial + size - 1) / size)
        var missing = (jobs - present.byMessage.count) * size
        if let room = affordable(campaign) {
            missing = min(missing, circulating(in: queue).count + room - present.count)
        }
        if let most = left(campaign.budget) {
            missing = min(missing, max(0, most - kept + asked - others) - present.count)
        }
        return max(0, missing)
    }

    /// How many more experiments the budget allows beside all that are pending or to be tried again; nil where it has no such limit.
    func room(_ campaign: Campaign) -> Int? {
        let owed = pendingJobs.count { $0.job.origin != .injected } + retriesDue(campaign).count
        return [left(campaign.budget).map { $0 - owed }, affordable(campaign)].compactMap(\.self).min().map {
            max(0, $0)
        }
    }

    /// The jobs that failed by accident and are to be tried again now, as far as the budget allows it. A result that came late may have used it up.
    func retriesWanted(_ campaign: Campaign) -> [Job] {
        let due = retriesDue(campaign)
        guard let left = left(campaign.budget) else { return due }
        var room = left - pendingJobs.count { $0.job.origin != .injected }
        return due.filter { job in
            guard job.origin != .injected else { return true }
            room -= 1
            return room >= 0
        }
    }

    /// How many more jobs a budget of cost allows beside the pending ones, which are taken to cost as much as others on average, where only their
    /// results tell; nil where it has no such limit, or nothing is known of the cost.
    private func affordable(_ campaign: Campaign) -> Int? {
        guard let most = campaign.budget.cost, let function = campaign.costFunction else { return nil }
        let (spent, ended) = (spent(order, function), measured + failed)
        let pending = pendingJobs.map(\.job).filter { $0.origin != .injected }
        let known = pending.compactMap { function.ofExperiment(at: $0.parameters) }
        guard ended + known.count > 0 else { return nil }
        let mean = (spent + known.reduce(0, +)) / Double(ended + known.count)
        let room = most - spent - (known.isEmpty ? mean * Double(pending.count) : known.reduce(0, +))
        guard room > 0 else { return 0 }
        return mean > 0 ? Int(min(1e6, max(1, room / mean))) : nil
    }

    /// How many more measurements a budget allows; nil where it has no such limit.
    private func left(_ budget: Budget) -> Int? {
        [budget.measurements.map { $0 - measured }, budget.attempts.map { $0 - measured - failed }].compactMap(\.self)
            .min()
    }

    /// What the planner takes for being measured while `ready` jobs stand in a queue: whatever is pending elsewhere, and of that queue's
    /// jobs those that were begun, then the oldest ones.
    func unacknowledged(ready: Int, in queue: WorkQueue) -> [JobRecord] {
        pendingJobs.filter { !$0.circulates || $0.job.queue != queue } + held(ready: ready, in: queue)
    }

    /// What stands in a queue with `ready` jobs, in the order in which it is to be handed out.
    func standing(in queue: WorkQueue, ready: Int) -> [JobRecord] {
        let held = Set(held(ready: ready, in: queue).map(\.job.id))
        return circulating(in: queue).filter { $0.status == .ready && !held.contains($0.job.id) }
    }

    /// What workers of one queue are taken to have while `ready` jobs stand in it.
    func held(ready: Int, in queue: WorkQueue) -> [JobRecord] {
        let jobs = circulating(in: queue).byMessage
        let count = max(0, jobs.count - ready)
        let begun = jobs.filter { $0.contains { $0.status != .ready } }
        return (begun + jobs.filter { $0.allSatisfy { $0.status == .ready } }).prefix(count).flatMap(\.self)
    }
}
