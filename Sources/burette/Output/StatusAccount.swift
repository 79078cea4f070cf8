import Campaigns
import Execution

/// What `burette status` tells.
struct StatusAccount: Encodable {
    /// A job that a worker measures.
    struct Measuring: Encodable {
        var job: JobID
        var worker: String
        var seconds: Double
        var overdue: Bool
        /// Whether it stands in the queue again, and nobody is there to take it: its worker is gone.
        var waits: Bool
        /// How far it has come, from 0 to 1, and what is being done, as far as the worker says.
        var fraction: Double?
        var note: String?
        /// Values so far, for people to see.
        var partial: [String: Double]?
    }

    /// A job that a person is to decide on.
    struct Held: Encodable {
        var job: JobID
        var by: String
        var reason: String
    }

    /// A ready job that no worker that is there can take.
    struct Stranded: Encodable {
        var job: JobID
        var parameters: Point
    }

    /// What the broker itself counts.
    struct Counted: Encodable {
        /// What workers are there that cannot do everything, and how many.
        var limited: [String: Int]
        var ready: Int
        var unacknowledged: Int
        var consumers: Int
        /// Whether a planner holds the campaign.
        var planner: Bool
        /// Whether the work queue is gone.
        var missing: Bool
    }

    var campaign: CampaignName
    var state: String
    var reason: String?
    var measured: Int
    var failed: Int
    var pending: Int
    var ready: Int
    var unacknowledged: [Measuring]
    var held: [Held]
    /// Ready jobs that no worker that is there can take, where the broker tells which are there.
    var stranded: [Stranded]
    var best: Report.Best?
    var broker: Counted?
    /// What the planner on this machine does, or waits for.
    var planner: Ledger.Condition?
    /// What a planner last got over.
    var trouble: CampaignState.Trouble?
    /// Names that two workers seem to have at once.
    var sharedNames: [String]

    private enum CodingKeys: String, CodingKey {
        case campaign, state, reason, measured, failed, pending, ready, unacknowledged, held, stranded, best, broker
        case planner, trouble
        case sharedNames = "shared_names"
    }

    init(of history: History, at now: Double, queues: WorkQueues?, isPlanned: Bool, condition: Ledger.Condition?) {
        let state = history.state
        let counted = queues.map { queues in
            let total = queues.total
            let limited = queues.all.compactMap { queue in queue.map { ("\($0)", queues[$0].consumers) } }
            return Counted(
                limited: Dictionary(limited) { $1 }, ready: total.ready,
                unacknowledged: max(0, state.circulating.count - total.ready), consumers: total.consumers,
                planner: isPlanned, missing: queues.isMissing)
        }
        stranded = state.circulating.compactMap { record in
            guard record.status == .ready, let queues, queues.total.consumers > 0,
                !queues.canMeasure(record.job.parameters)
            else { return nil }
            return Stranded(job: record.job.id, parameters: record.job.parameters)
        }
        let circulating = Dictionary(state.circulating.map { ($0.job.only, 1) }, uniquingKeysWith: +)
        unacknowledged = state.circulating.compactMap { record in
            guard case .started(let worker, let since) = record.status else { return nil }
            let late = history.campaign.workers.timeout.map { now - since > $0 } ?? false
            let queue = queues?[record.job.only]
            let waits = queue.map { $0.consumers == 0 && $0.ready >= circulating[record.job.only, default: 0] } ?? false
            return .init(
                job: record.job.id, worker: worker, seconds: max(0, now - since), overdue: late, waits: waits,
                fraction: record.progress?.fraction, note: record.progress?.note, partial: record.progress?.partial)
        }
        held = state.held.compactMap { record in
            guard case .held(let hold) = record.status else { return nil }
            return .init(job: hold.job, by: hold.by, reason: hold.reason)
        }
        let report = Report(of: history.campaign, state)
        (campaign, self.state, reason) = (report.campaign, report.state, report.reason)
        (measured, failed, pending) = (report.measured, report.failed, report.pending)
        ready = state.circulating.count - unacknowledged.count
        best = report.best
        broker = counted
        planner = condition
        trouble = state.lastTrouble
        sharedNames = state.sharedNames.sorted()
    }

    /// The account for people.
    func lines(_ definition: Campaign) -> [String] {
        var lines = ["campaign     \(campaign), \(state)" + (reason.map { ": \($0)" } ?? "")]
        let budget = definition.budget.measurements.map { " of \($0)" } ?? ""
        lines.append("ended        \(measured)\(budget) measured, \(failed) failed")
        let waiting = held.isEmpty ? "" : ", \(held.count) held"
        lines.append("pending      \(pending): \(ready) ready, \(unacknowledged.count) being measured\(waiting)")
        for one in unacknowledged {
            var line = "  \(one.job)  \(one.worker)  for \(one.seconds.rounded(.down).shortest) s"
            if let fraction = one.fraction { line += ", \(fraction.percent)" }
            if let note = one.note { line += ", \(note)" }
            if let partial = one.partial {
                let values = partial.sorted { $0.key < $1.key }
                    .map { "\($0.key) = \($0.value.rounded(significant: 6).shortest)" }
                line += ", so far " + values.joined(separator: ", ")
            }
            if one.overdue { line += ", overdue" }
            if one.waits { line += "; its worker is gone, and nobody is there to take it" }
            lines.append(line)
        }
        for one in held {
            lines.append("  \(one.job)  held by \(one.by): \(one.reason)")
            lines.append("    decide with: burette release \(campaign) \(one.job) --rerun, or --fail")
        }
        for one in stranded {
            let point = definition.space.describe(one.parameters)
            lines.append("  \(one.job)  waits: no worker that is there can measure at \(point)")
        }
        lines += brokerLines
        if let planner {
            lines.append("planner      on this machine: \(planner.words)" + (planner.isTrouble ? " (trouble)" : ""))
        }
        if let trouble { lines.append("trouble      got over: \(trouble.reason)") }
        for name in sharedNames { lines.append("trouble      \(CampaignState.words(forShared: name))") }
        if let best, let objective = definition.objectives.first, let value = best.values[objective.name] {
            let point = definition.space.describe(best.parameters)
            lines.append("best         \(objective.name) = \(value.rounded(significant: 6).shortest) at \(point)")
        }
        return lines
    }

    private var brokerLines: [String] {
        guard let broker else { return [] }
        if broker.missing {
            return ["broker       the work queue is gone; the planner makes it again within seconds, once it is there"]
        }
        let workers = broker.consumers == 1 ? "1 worker" : "\(broker.consumers) workers"
        let planner = broker.planner || state == "finished" ? "" : "; no planner is there"
        var lines = [
            "broker       \(broker.ready) ready, so \(broker.unacknowledged) with workers; \(workers) there\(planner)"
        ]
        for (only, count) in broker.limited.sorted(by: { $0.key < $1.key }) where count > 0 {
            lines.append("             \(count) of them only where \(only)")
        }
        if broker.ready != ready {
            lines.append(
                "             (the broker's count differs from the feed: messages in flight, a lost worker, or a worker that does not publish started)"
            )
        }
        return lines
    }
}
