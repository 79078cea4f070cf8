import Brokers
import Campaigns

/// An experiment that nothing may take the place of: a person asked for it, or its point is tried again.
enum OwedExperiment {
    /// A person's request, which no message has asked for yet.
    case requested(Job)
    /// What failed by accident.
    case repeated(Job)

    /// The request, or what failed.
    var job: Job {
        switch self {
        case .requested(let job), .repeated(let job): job
        }
    }

    /// It as a job for a queue: a request keeps its id, a further try is called `id`.
    func experiment(as id: JobID, for queue: WorkQueue) -> Job {
        switch self {
        case .requested(let job): job.republished(for: queue)
        case .repeated(let job): job.again(as: id, for: queue)
        }
    }
}

/// Brings owed experiments together that can go into one batch.
struct BatchAssembly {
    /// When each was seen first.
    private var waiting: [JobID: Double] = [:]

    /// Experiments of one batch, and where it goes.
    struct Assembled {
        var owed: [OwedExperiment]
        var shared: Point
        var queue: WorkQueue
    }

    /// The batches that are full, those that have waited as long as they may, and those for a queue by which nothing circulates; all of them once the
    /// planner `hasPlannedAll` that the budget allows. The others wait on.
    mutating func assemble(
        _ owed: [OwedExperiment], _ batches: BatchSettings, _ counts: WorkQueueCounts, _ state: CampaignState,
        hasPlannedAll: Bool, now: Double
    ) -> [Assembled] {
        waiting = Dictionary(owed.map { ($0.job.id, waiting[$0.job.id] ?? now) }) { first, _ in first }
        var open: [Assembled] = []
        for one in owed {
            let (shared, queue) = (batches.shared(of: one.job.parameters), counts.queue(for: one.job.parameters))
            if let place = open.firstIndex(where: {
                $0.shared == shared && $0.queue == queue && $0.owed.count < batches.size
            }) {
                open[place].owed.append(one)
            } else {
                open.append(Assembled(owed: [one], shared: shared, queue: queue))
            }
        }
        return open.filter { batch in
            let since = batch.owed.compactMap { waiting[$0.job.id] }.min() ?? now
            return batch.owed.count == batches.size || now - since >= batches.fill || hasPlannedAll
                || state.circulating(in: batch.queue).isEmpty
        }
    }
}

extension JobID {
    /// The id of sample `number` of a batch.
    func sample(_ number: Int) -> JobID { JobID("\(rawValue).\(number)") }
}
