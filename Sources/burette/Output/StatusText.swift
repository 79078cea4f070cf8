import Campaigns
import Monitoring

/// A status for people.
extension CampaignStatus {
    /// The account for people.
    func lines(_ definition: Campaign) -> [String] {
        var lines = ["campaign     \(campaign), \(state)" + (reason.map { ": \($0)" } ?? "")]
        let budget = definition.budget.measurements.map { " of \($0)" } ?? ""
        lines.append("ended        \(measured)\(budget) measured, \(failed) failed")
        let waiting = held.isEmpty ? "" : ", \(held.count) held"
        let batches = definition.batches == nil ? "" : ready == 1 ? " batch" : " batches"
        lines.append(
            "pending      \(pending): \(ready)\(batches) ready, \(unacknowledged.count) being measured\(waiting)")
        for one in unacknowledged {
            var line = "  \(one.job)  \(one.worker)"
            if let samples = one.samples, let open = one.open { line += "  \(samples - open) of \(samples) samples" }
            line += "  for \(one.seconds.rounded(.down).shortest) s"
            if let fraction = one.fraction { line += ", \(fraction.percent)" }
            if let note = one.note { line += ", \(note)" }
            if let partial = one.partial { line += ", so far " + definition.describe(partial) }
            if let lease = one.lease { line += ", claimed for \(lease.rounded(.down).shortest) s more" }
            if one.overdue { line += ", overdue" }
            if one.waits { line += "; its worker is gone, and no other is connected" }
            lines.append(line)
        }
        for one in held {
            let samples = one.samples.map { $0 == 1 ? "1 sample " : "\($0) samples " } ?? ""
            lines.append("  \(one.job)  \(samples)held by \(one.by): \(one.reason)")
            lines.append("    decide with: burette release \(campaign) \(one.job) --rerun, or --fail")
        }
        for one in stranded {
            let point = definition.space.describe(one.parameters)
            lines.append("  \(one.job)  waits: no connected worker can measure at \(point)")
        }
        lines += brokerLines
        if let planner {
            lines.append("planner      on this machine: \(planner.text)" + (planner.isTrouble ? " (trouble)" : ""))
        }
        if let trouble { lines.append("trouble      recovered from: \(trouble.reason)") }
        for name in sharedNames { lines.append("trouble      \(CampaignState.message(forSharedName: name))") }
        lines += changes.lines
        if let best {
            lines.append(
                "best         \(definition.describe(best.values)) at \(definition.space.describe(best.parameters))")
        }
        return lines
    }

    private var brokerLines: [String] {
        guard let broker else { return [] }
        if broker.missing {
            return ["broker       the work queue is missing; a running planner declares it again within seconds"]
        }
        let workers = broker.consumers == 1 ? "1 worker" : "\(broker.consumers) workers"
        let planner = broker.planner || state == "finished" ? "" : "; no planner connected"
        var lines = [
            "broker       \(broker.ready) ready, \(broker.unacknowledged) unacknowledged; \(workers) connected\(planner)"
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
