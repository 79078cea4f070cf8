import Brokers
import Campaigns

/// Jobs that are nowhere: only several disasters at once can leave one of these (docs/guarantees.md).
///
/// Pending is what is not acknowledged, so a job is lost only where the broker's own counts leave no place for it, neither among the ready
/// ones nor with a worker. A worker need not say that it has begun, nor be quick.
package struct LostJobs {
    private var shortages: [WorkQueue: Shortage] = [:]

    /// A queue in which fewer jobs stand than circulate by it.
    private struct Shortage {
        /// The publications that have circulated all the time.
        var candidates: Set<EventID>
        /// When the broker is asked next what is unacknowledged.
        var nextLook: Double
        /// How often in a row there was no place for them at the broker.
        var looks = 0
    }

    /// Why a lost job is withdrawn.
    package static let reason = "lost: in no queue, held by no worker"
    /// How long a shortage lasts before the broker is asked, and asked again, in seconds: as a rule workers have the jobs.
    private static let patience = 60.0
    /// Seconds between two looks once there was no place for a job; what the management API counts is up to five seconds old.
    private static let pause = 6.0
    /// How many looks in a row must find no place.
    private static let looks = 3

    /// Closes the jobs that are lost.
    mutating func close(
        _ counts: WorkQueueCounts, _ queues: WorkQueueManager, _ journal: inout Journal
    ) async throws {
        for queue in counts.queues where await isShort(queue, counts[queue], journal) {
            // Which ones are lost is seen when what does stand in the queue is taken out; it is published again at once.
            if counts[queue].ready > 0 {
                try await queues.withdraw(from: [queue], reason: "the planner looks for a lost job", &journal) {
                    _, _ in true
                }
            }
            guard let candidates = shortages.removeValue(forKey: queue)?.candidates else { continue }
            let missing = await missing(candidates, from: queue, counts[queue].consumers, journal)
            // One that a silent worker may have is not closed for another one that is lost: once it has ended, they can be told apart.
            guard !missing.jobs.isEmpty, missing.jobs.count <= missing.most else { continue }
            journal.logger.warning("\(missing.jobs.count) jobs lost (in no queue, held by no worker); replaced")
            let lost = journal.state.circulating(in: queue).map(\.job).filter {
                missing.jobs.contains($0.publicationID)
            }
            try await journal.withdraw(lost.map(\.id), reason: Self.reason)
        }
    }

    /// Whether a queue has been short of jobs for a minute, by all that its broker counts.
    private mutating func isShort(_ queue: WorkQueue, _ depth: QueueDepth, _ journal: Journal) async -> Bool {
        let now = journal.dependencies.now()
        let circulating = Set(journal.state.circulating(in: queue).map(\.job.publicationID))
        guard circulating.count > depth.ready else {
            shortages[queue] = nil
            return false
        }
        var shortage = shortages[queue] ?? Shortage(candidates: circulating, nextLook: now + Self.patience)
        // Whoever came later is not what is missing since then.
        shortage.candidates.formIntersection(circulating)
        if shortage.candidates.isEmpty { shortage = Shortage(candidates: circulating, nextLook: now + Self.patience) }
        if now >= shortage.nextLook {
            let missing = await missing(shortage.candidates, from: queue, depth.consumers, journal)
            let isShort = !missing.jobs.isEmpty && missing.most > depth.ready
            shortage.looks = isShort ? shortage.looks + 1 : 0
            shortage.nextLook = now + (isShort ? Self.pause : Self.patience)
        }
        shortages[queue] = shortage
        return shortage.looks >= Self.looks
    }

    /// Which of some jobs of a queue can be lost, and how many at most: as many as circulate beyond what the broker counts as
    /// unacknowledged, or else beyond what its consumers can hold. One that a worker is known to have is with that worker, unless nothing
    /// at all is unacknowledged.
    private func missing(
        _ candidates: Set<EventID>, from queue: WorkQueue, _ consumers: Int, _ journal: Journal
    ) async -> (jobs: Set<EventID>, most: Int) {
        let (state, held) = (journal.state, await journal.link.unacknowledged(for: queue))
        let circulating = state.circulating(in: queue)
        let jobs = candidates.intersection((held == 0 ? circulating : state.unclaimed).map(\.job.publicationID))
        return (jobs, circulating.byMessage.count - (held ?? consumers))
    }
}
