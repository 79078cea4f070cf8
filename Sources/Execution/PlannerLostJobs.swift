import Brokers
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

    /// Closes jobs that are nowhere: pending is what is not acknowledged, so a job is lost only where the broker's own counts leave no place for
    /// it, neither among the ready ones nor with a worker. A worker need not say that it has begun, nor be quick.
    mutating func writeOffLostJobs(_ queues: WorkQueues) async throws {
        for queue in queues.all where try await isShort(queue, queues[queue]) {
            // Which ones are lost is seen when what does stand in the queue is taken out; it is handed out again at once.
            if queues[queue].ready > 0 {
                try await withdraw(from: [queue], while: { _ in true }, reason: "the planner looks for a lost job") {
                    _ in
                    true
                }
            }
            let surplus = try await surplus(queue, queues[queue].consumers)
            guard let missing = shortages.removeValue(forKey: queue)?.candidates else { continue }
            let lost = state.circulating(for: queue).map(\.job.id).filter(missing.contains)
            // One that a silent worker may have is not closed for another one that is lost: once it has ended, they can be told apart.
            guard !lost.isEmpty, lost.count <= surplus else { continue }
            logger.warning("\(lost.count) jobs are in no queue and with no worker; others take their place")
            try await withdraw(lost, reason: "it was in no queue and with no worker")
        }
    }

    /// Whether a queue has been short of jobs for a minute, by all that its broker counts.
    private mutating func isShort(_ queue: Capability?, _ depth: QueueDepth) async throws -> Bool {
        let now = surroundings.now()
        let unclaimed = Set(state.unclaimed.filter { $0.job.only == queue }.map(\.job.id))
        guard unclaimed.count > depth.ready else {
            shortages[queue] = nil
            return false
        }
        var shortage = shortages[queue] ?? Shortage(candidates: unclaimed, nextLook: now + Self.patience)
        // Whoever came later is not what is missing since then.
        shortage.candidates.formIntersection(unclaimed)
        if now >= shortage.nextLook {
            let surplus = try await surplus(queue, depth.consumers)
            let isShort = !shortage.candidates.isEmpty && surplus > depth.ready
            shortage.looks = isShort ? shortage.looks + 1 : 0
            shortage.nextLook = now + Self.pause
        }
        shortages[queue] = shortage
        return shortage.looks >= Self.looks
    }

    /// How many pending jobs of a queue are not with its workers: by what the broker counts as unacknowledged, or else by what its consumers can hold.
    private func surplus(_ queue: Capability?, _ consumers: Int) async throws -> Int {
        let held = await link.unacknowledged(for: queue) ?? consumers
        return state.circulating(for: queue).count - held
    }

    /// A queue in which fewer jobs stand than nobody is known to have.
    struct Shortage {
        /// The jobs that nobody has been known to have all the time.
        var candidates: Set<JobID>
        /// When the broker is asked next what is unacknowledged.
        var nextLook: Double
        /// How often in a row there was no place for them at the broker.
        var looks = 0
    }

    /// How long a shortage lasts before the broker is asked, in seconds: results and news may be on their way.
    private static let patience = 60.0
    /// Seconds between two looks; what the management API counts is up to five seconds old.
    private static let pause = 6.0
    /// How many looks in a row must find no place.
    private static let looks = 3
}
