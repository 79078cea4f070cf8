import Campaigns

/// Jobs that lost their worker, and jobs that are nowhere: only several disasters at once can leave one of these (docs/guarantees.md).
extension PlannerSession {
    /// What ends a job that was with a worker and is no more; nil where its campaign runs it again.
    func end(ofLost record: JobRecord, reason: String) -> Event.Body? {
        let (job, now) = (record.job, surroundings.now())
        switch job.redelivery {
        case .rerun: return nil
        case .hold: return .held(.init(job: job.id, publication: job.publication, by: name, reason: reason))
        case .fail:
            var (worker, began) = (name, now)
            if case .started(let one, let since) = record.status { (worker, began) = (one, min(since, now)) }
            return .failed(.init(job: job.id, worker: worker, reason: reason, began: began, ended: now))
        }
    }

    /// Closes jobs that were published more than a minute ago, that nobody is known to have, and that no queue has: for as long there has
    /// been one more job that should stand in a queue than the broker counts in it.
    ///
    /// Which ones these are is seen when what does stand in the queues is taken out; it is handed out again at once.
    mutating func writeOffLostJobs(_ queues: WorkQueues) async throws {
        let now = surroundings.now()
        missingSince = Dictionary(uniqueKeysWithValues: missing(from: queues).map { ($0, missingSince[$0] ?? now) })
        guard missingSince.values.contains(where: { now - $0 >= Self.patience }) else { return }
        if queues.total.ready > 0 {
            try await withdraw(from: queues.all, while: { _ in true }, reason: "the planner looks for a lost job") {
                _ in
                true
            }
        }
        let lost = state.unclaimed.filter { now - $0.published >= Self.patience }
        guard !lost.isEmpty else { return }
        logger.warning("\(lost.count) jobs are in no queue and with no worker; others take their place")
        try await withdraw(lost.map(\.job.id), reason: "it was in no queue and with no worker")
    }

    /// As many jobs as the queues have too few: those that were published first, which workers take first.
    private func missing(from queues: WorkQueues) -> [JobID] {
        let unclaimed = state.unclaimed
        return queues.all.flatMap { queue in
            unclaimed.filter { $0.job.only == queue }.dropLast(queues[queue].ready).map(\.job.id)
        }
    }

    /// How long a worker may take to say that it has begun, in seconds.
    private static let patience = 60.0
}
