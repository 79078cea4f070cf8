import Brokers
import Campaigns
import Capacity
import EventStore
import PlannerService

/// The promises, and what is needed to see that they are kept.
struct Watch {
    /// Whether a job may stand twice in the work queue: after a feed was deleted by hand, a publication without a confirm is made again.
    var allowsCopies: Bool { losesFeed || losesWork }
    /// Whether the feed was deleted by hand.
    var losesFeed = false
    /// Whether the work queue was deleted by hand: a job whose worker has not said so is begun once more.
    var losesWork = false
    /// Whether every pending job has its place. Once the work queue was deleted by hand, it is whole again when the planner that made it anew has
    /// recovered; one that dies before that leaves jobs that are nowhere, until a planner writes them off.
    var workIsWhole = true
    /// The life that made the work queue anew, and has not recovered yet.
    var maker: Int?
    /// The first promise that was broken, in words.
    var violation: String?
    /// How often the promises were checked.
    var checks = 0
    /// The job of each message that may stand in the work queue, with its experiments.
    var jobs: [EventID: Job] = [:]
    /// What workers said, by id, once the broker has it.
    var said: [EventID: Event] = [:]
    /// Results that the broker confirmed.
    var confirmed: Set<EventID> = []
    /// Of these, what no ledger has yet.
    var awaited: Set<EventID> = []
    /// Results that a worker had on its disk.
    var contents: Set<EventID> = []
    /// What is in any ledger.
    var recorded: Set<EventID> = []
    /// The ledgers by the names of their planners.
    var ledgers: [String: Account] = [:]
    /// The planner that was active at the last check, and steady.
    var active: String?
    /// Jobs of which the broker refused the publication: only the feed may have them, until a planner finds out.
    var refused: Set<JobID> = []
    /// How often each job may be begun where the campaign does not run one again: as often as somebody said that it is to be handed out.
    var beginnings: [JobID: Int] = [:]
    /// What each life has not acknowledged, for one that is sabotaged.
    var inHand: [Int: [Delivery]] = [:]

    /// A ledger, and how far it is folded.
    struct Account {
        let ledger: Ledger
        /// What was written to it when it was read last.
        var changes = 0
        var sequence: Int64 = 0
        var fold = CampaignState()
        var events: Set<EventID> = []
        /// Those that it had when the campaign ended.
        var eventsAtEnd: Set<EventID> = []
    }
}

extension Watch {
    /// The active planner's ledger.
    var activeAccount: Account? { active.flatMap { ledgers[$0] } }

    /// What is wrong with the queues, and with the job that it is about; nil where every promise holds.
    func objection(_ census: EmbeddedCensus, _ fold: CampaignState?) -> (text: String, job: JobID?)? {
        let inbox = Set(census.inbox)
        if let missing = awaited.subtracting(inbox).min() {
            return ("the confirmed result \(missing) is neither in a ledger nor in the inbox", nil)
        }
        let work = census.ready + census.unacknowledged
        if !allowsCopies, Set(work).count < work.count {
            return ("a job stands twice in the work queue: \(work.sorted())", nil)
        }
        guard let fold, workIsWhole else { return nil }
        let queued = Set(work.compactMap { jobs[$0]?.id })
        let ending = Set(
            inbox.compactMap { id in said[id].map { $0.body.endsJob ? $0.body.job : nil } ?? jobs[id]?.id })
        let lost = fold.circulating.first { record in
            let (id, message) = (record.job.id, record.job.message)
            return !queued.contains(message) && ending.isDisjoint(with: [id, message]) && !refused.contains(message)
        }
        return lost.map { record in
            (
                "job \(record.job.id) is pending, and neither in the work queue nor with a worker nor ended",
                record.job.message
            )
        }
    }
}

extension Event {
    /// Whether it is a job or an experiment beyond the upper end of a range.
    func outside(_ high: Double) -> Bool {
        switch body {
        case .published(let job): job.experiments.contains { $0.parameters["x"]?.number ?? 0 > high }
        case .injected(let injection): injection.parameters["x"]?.number ?? 0 > high
        default: false
        }
    }
}

extension [Event] {
    /// What the jobs among them ask for.
    var experiments: [Job] { flatMap { if case .published(let job) = $0.body { job.experiments } else { [Job]() } } }
}
