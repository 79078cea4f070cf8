/// When a campaign and its measurements come to an end.
extension CampaignState {
    /// Why the campaign should end now; nil while it should continue.
    public func reasonToEnd(_ campaign: Campaign, now: Double, planner: String) -> Event.Reason? {
        if case .stopping(let reason) = phase { return reason }
        func ends(_ reason: String) -> Event.Reason { .init(by: planner, reason: reason) }
        if let most = campaign.budget.measurements, measured >= most {
            return ends("all \(most) measurements are done")
        }
        if let most = campaign.budget.attempts, measured + failed >= most {
            return ends("all \(most) attempts are made: \(measured) measured, \(failed) failed")
        }
        if let duration = campaign.budget.duration, let openedAt, now - openedAt >= duration {
            return ends("its time limit of \(duration.shortest) s is over")
        }
        if let most = campaign.budget.cost, let cost = campaign.cost, let spent = spent(campaign), spent >= most {
            return ends("its experiments have cost \(cost.describe(spent)), and the budget is \(cost.describe(most))")
        }
        if let target = campaign.budget.target, let objective = campaign.objectives.first,
            let best = best(for: campaign.objectives)?.values[objective.name], !objective.prefers(target, to: best)
        {
            return ends("the target \(target.shortest) is reached")
        }
        return nil
    }

    /// The measurements that exceed the timeout of `campaign` and were not reported yet.
    public func newlyOverdue(_ campaign: Campaign, now: Double) -> [Event.Overdue] {
        guard let timeout = campaign.workers.timeout else { return [] }
        return pendingJobs.byMessage.compactMap { records in
            guard let record = records.first(where: { !$0.isOverdue }),
                case .started(let worker, let since) = record.status, now - since > timeout
            else { return nil }
            return .init(
                job: record.job.message, worker: worker, since: since,
                reason: "it takes longer than \(timeout.shortest) s")
        }
    }

    /// Why the last failed measurement failed.
    public var lastFailure: String? {
        order.reversed().lazy.compactMap { id -> String? in
            switch self.jobs[id]?.status {
            case .failed(let failure): failure.reason
            case .dead(let reason): reason
            default: nil
            }
        }.first
    }
}

extension JobRecord {
    /// The event that ends a job whose worker was lost, published by `planner`; nil where the campaign reruns it. Of a batch it ends all that is open, or
    /// this sample `alone`.
    public func end(ofLostBy planner: String, reason: String, now: Double, alone: Bool = false) -> Event.Body? {
        let id = alone ? job.id : job.message
        switch job.redelivery {
        case .rerun: return nil
        case .hold: return .held(.init(job: id, publication: job.publication, by: planner, reason: reason))
        case .fail:
            var (worker, began) = (planner, now)
            if case .started(let one, let since) = status { (worker, began) = (one, min(since, now)) }
            return .failed(
                .init(job: id, worker: worker, reason: reason, began: began, ended: now, kind: .accident))
        }
    }
}
