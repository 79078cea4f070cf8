import Campaigns

/// What a planner service reads out of a state.
extension CampaignState {
    /// The jobs that stand in the queue for workers that can do `only`, or are with such a worker.
    func circulating(for only: Capability?) -> [JobRecord] { circulating.filter { $0.job.only == only } }

    /// How many jobs are to circulate by one queue, where `workers` consume it: one a worker and the lookahead, and by the common one the
    /// initial design at once; never more than the budget still allows to be measured, where a job that is kept back may still be. What
    /// a person asks for is no matter of the budget.
    func wantedCirculating(_ campaign: Campaign, for only: Capability?, workers: Int, isServed: Bool) -> Int {
        guard isServed else { return 0 }
        let asked = circulating.count { $0.job.origin == .injected }
        let kept = pendingJobs.count { !$0.status.circulates && $0.job.origin != .injected }
        let others = circulating.count { $0.job.only != only }
        let initial =
            only == nil ? campaign.initialDesignSize - observations.count - failedJobs.count - kept - others : 0
        let wanted = max(workers + campaign.planner.lookahead, initial)
        guard let most = campaign.budget.measurements else { return wanted }
        return min(wanted, max(0, most - measured - kept + asked - others))
    }

    /// What the planner takes for being measured while `ready` jobs stand in the queue for workers that can do `only`: whatever is
    /// pending elsewhere, and of that queue's jobs those that were begun, then the oldest ones.
    func unacknowledged(ready: Int, for only: Capability?) -> [JobRecord] {
        let jobs = circulating(for: only)
        let count = max(0, jobs.count - ready)
        let begun = jobs.filter { $0.status != .ready }
        let elsewhere = pendingJobs.filter { !$0.status.circulates || $0.job.only != only }
        return elsewhere + (begun + jobs.filter { $0.status == .ready }).prefix(count)
    }

    /// The jobs that failed or were given up, in the order of their publication.
    var failedJobs: [JobRecord] {
        order.compactMap { id in
            guard let record = jobs[id] else { return nil }
            return switch record.status {
            case .failed, .dead: record
            case .ready, .started, .measured, .withdrawn, .held, .released: nil
            }
        }
    }

    /// What is wrong where two workers have one name.
    public static func words(forShared worker: String) -> String {
        "two workers at once call themselves \(worker): give each its own --name, or it cannot be told who has which job"
    }

    /// Why the last failed measurement failed.
    var lastFailure: String? {
        order.reversed().lazy.compactMap { id -> String? in
            switch self.jobs[id]?.status {
            case .failed(let failure): failure.reason
            case .dead(let reason): reason
            default: nil
            }
        }.first
    }

    /// Why the campaign is to end now; nil while it goes on.
    public func reasonToEnd(_ campaign: Campaign, now: Double, planner: String) -> Event.Reason? {
        if case .stopping(let reason) = phase { return reason }
        func ends(_ reason: String) -> Event.Reason { .init(by: planner, reason: reason) }
        if let most = campaign.budget.measurements, measured >= most {
            return ends("all \(most) measurements are made")
        }
        if let duration = campaign.budget.duration, let openedAt, now - openedAt >= duration {
            return ends("its time of \(duration.shortest) s is over")
        }
        if let target = campaign.budget.target, let objective = campaign.objectives.first,
            let best = best(for: campaign.objectives)?.values[objective.name], !objective.prefers(target, to: best)
        {
            return ends("the target \(target.shortest) is reached")
        }
        return nil
    }

    /// The measurements that take longer than `campaign` allows, and of which that has not been said yet.
    func newlyOverdue(_ campaign: Campaign, now: Double) -> [Event.Overdue] {
        guard let timeout = campaign.workers.timeout else { return [] }
        return pendingJobs.compactMap { record in
            guard case .started(let worker, let since) = record.status, !record.isOverdue, now - since > timeout else {
                return nil
            }
            return .init(
                job: record.job.id, worker: worker, since: since, reason: "it takes longer than \(timeout.shortest) s")
        }
    }

    /// Why a message cannot be taken into the campaign, in words; nil if it can.
    func objection(to event: Event, of campaign: Campaign) -> String? {
        switch event.body {
        case .published(let job): return campaign.space.objection(to: job.parameters)
        case .measured(let measurement):
            guard measurement.began.isFinite, measurement.ended.isFinite, measurement.began <= measurement.ended else {
                return "the measurement ends before it begins"
            }
            let job =
                jobs[measurement.job]?.job
                ?? Job(id: measurement.job, parameters: measurement.parameters ?? [:], of: campaign)
            return objection(to: measurement.job, measurement.parameters, began: measurement.began, of: campaign)
                ?? job.objection(
                    to: MeasurementResult(
                        measurement.values, units: measurement.units ?? [:], attachments: measurement.attachments ?? [])
                )
        case .failed(let failure):
            return objection(to: failure.job, failure.parameters, began: failure.began, of: campaign)
        case .injected(let injection): return campaign.objection(to: injection)
        case .present(let presence):
            guard presence.only.restricting(campaign.space) == nil else { return nil }
            return "a worker that takes only \(presence.only) can measure no point of the campaign"
        case .held(let hold), .returned(let hold):
            return objection(to: hold.job, hold.parameters, began: event.time, of: campaign)
        // News of a job that the planner does not know are no more than that: its result will tell its point.
        case .started, .progressed: return nil
        default: return event.body.job.flatMap { jobs[$0] == nil ? Self.unknown($0) : nil }
        }
    }

    /// Why a result's job is none of the campaign; nil if it is one. One that was published where nobody can read it any more is known by its
    /// point; what was begun before the campaign was opened is of an earlier one of its name.
    private func objection(to job: JobID, _ parameters: Point?, began: Double, of campaign: Campaign) -> String? {
        guard jobs[job] == nil else { return nil }
        guard let parameters, let openedAt, began >= openedAt else { return Self.unknown(job) }
        return campaign.space.objection(to: parameters)
    }

    private static func unknown(_ job: JobID) -> String { "the campaign has no job \(job.rawValue.prefix(40))" }
}
