import Brokers
import Campaigns
import EventStore

/// The status of a campaign, as shown by `burette status`.
public struct CampaignStatus: Encodable, Sendable {
    /// A job that a worker measures.
    public struct Measuring: Encodable, Sendable {
        /// The job.
        public var job: JobID
        /// How many samples it has, and how many of them have not ended; nil where it is no batch.
        public var samples: Int?
        public var open: Int?
        public var worker: String
        public var seconds: Double
        public var overdue: Bool
        /// Whether it stands in the queue again, and nobody is there to take it: its worker is gone.
        public var waits: Bool
        /// How far it has come, from 0 to 1, and what is being done, as far as the worker says.
        public var fraction: Double?
        public var note: String?
        /// Values so far, for people to see.
        public var partial: [String: Double]?
        /// After how many seconds the lease of who claimed it ends; nil where it is not claimed.
        public var lease: Double?
    }

    /// A job that a person is to decide on.
    public struct Held: Encodable, Sendable {
        public var job: JobID
        /// How many of its samples are held; nil where it is no batch.
        public var samples: Int?
        public var by: String
        public var reason: String
    }

    /// A ready job that no worker that is there can take.
    public struct Stranded: Encodable, Sendable {
        public var job: JobID
        public var parameters: Point
    }

    /// What the broker itself counts.
    public struct Counted: Encodable, Sendable {
        /// What workers are there that cannot do everything, and how many.
        public var limited: [String: Int]
        public var ready: Int
        public var unacknowledged: Int
        public var consumers: Int
        /// Whether a planner holds the campaign.
        public var planner: Bool
        /// Whether the work queue is gone.
        public var missing: Bool
    }

    /// The campaign.

    public var campaign: CampaignName
    /// running, paused, stopping or finished.
    public var state: String
    /// Why it is paused or ended.
    public var reason: String?
    /// The planner's jobs that are measured.
    public var measured: Int
    /// Jobs that failed at a worker.
    public var failed: Int
    /// Experiments that have not ended.
    public var pending: Int
    /// Jobs that nobody is known to have begun.
    public var ready: Int
    /// Jobs that a worker measures.
    public var unacknowledged: [Measuring]
    /// Jobs that a person is to decide on.
    public var held: [Held]
    /// Ready jobs that no worker that is there can take, where the broker tells which are there.
    public var stranded: [Stranded]
    /// The best observation.
    public var best: Report.Best?
    /// What the broker counts, where one was asked.
    public var broker: Counted?
    /// What the planner on this machine does, or waits for.
    public var planner: PlannerCondition?
    /// The last error that a planner recovered from.
    public var trouble: CampaignState.Trouble?
    /// Names that two workers seem to have at once.
    public var sharedNames: [String]
    /// How the definition changed between runs, in order.
    public var changes: [DefinitionHistory.Dated]

    private enum CodingKeys: String, CodingKey {
        case campaign, state, reason, measured, failed, pending, ready, unacknowledged, held, stranded, best, broker
        case planner, trouble, changes
        case sharedNames = "shared_names"
    }

    /// The status of `history` at the time `now`, in seconds since 1970; `counts` is what the broker counts, and `condition` what the
    /// planner noted in the ledger on this machine, where these are known.
    public init(
        of history: CampaignHistory, at now: Double, counts: WorkQueueCounts?, isPlanned: Bool,
        condition: PlannerCondition?
    ) {
        let state = history.state
        let circulating = state.circulating.byMessage
        let counted = counts.map { counts in
            let total = counts.total
            let limited = counts.queues.compactMap { queue in
                queue.capability.map { ("\($0)", counts[queue].consumers) }
            }
            return Counted(
                limited: Dictionary(limited) { $1 }, ready: total.ready,
                unacknowledged: max(0, circulating.count - total.ready), consumers: total.consumers,
                planner: isPlanned, missing: counts.isCommonMissing)
        }
        stranded = circulating.compactMap { records in
            guard let job = records.message, records[0].status == .ready, let counts, counts.total.consumers > 0,
                !counts.canMeasure(job)
            else { return nil }
            return Stranded(job: job.id, parameters: job.parameters)
        }
        let byQueue = Dictionary(circulating.map { ($0[0].job.queue, 1) }, uniquingKeysWith: +)
        unacknowledged = state.underWay.byMessage.compactMap { records in
            let record = records[0]
            guard case .started(let worker, let since) = record.status else { return nil }
            let late = history.campaign.workers.timeout.map { now - since > $0 } ?? false
            let depth = counts?[record.job.queue]
            let waits =
                depth.map {
                    record.circulates && $0.consumers == 0 && $0.ready >= byQueue[record.job.queue, default: 0]
                } ?? false
            let batch = record.job.batch
            return .init(
                job: record.job.message, samples: batch?.size, open: batch.map { _ in records.count }, worker: worker,
                seconds: max(0, now - since), overdue: late, waits: waits,
                fraction: record.progress?.fraction, note: record.progress?.note, partial: record.progress?.partial,
                lease: record.claimedUntil.map { max(0, $0 - now) })
        }
        held = state.held.byBatch.compactMap { records in
            guard case .held(let hold)? = records.first?.status else { return nil }
            return .init(
                job: records[0].job.message, samples: records[0].job.batch.map { _ in records.count }, by: hold.by,
                reason: hold.reason)
        }
        let report = Report(of: history.campaign, state)
        (campaign, self.state, reason) = (report.campaign, report.state, report.reason)
        (measured, failed, pending) = (report.measured, report.failed, report.pending)
        ready = circulating.count { $0[0].status == .ready }
        best = report.best
        broker = counted
        planner = condition
        trouble = state.lastTrouble
        sharedNames = state.sharedNames.sorted()
        changes = report.changes ?? []
    }
}
