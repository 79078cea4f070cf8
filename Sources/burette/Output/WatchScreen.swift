import Campaigns
import Foundation
import Monitoring

/// What `burette watch` shows of a campaign on a terminal: how far it is, how good it is, a lane for each worker, and what happened last.
struct WatchScreen {
    let width: Int
    let height: Int
    /// Whether the terminal shows more than ASCII.
    let isUnicode: Bool

    /// The lines from the top, each at most `width` characters, at most `height` of them. `news` are the last events, each as a line. `began` is when
    /// somebody began to watch, and how many were measured then. Cost: linear in the jobs.
    func lines(
        _ state: CampaignState, news: [String], now: Double, began: (time: Double, measured: Int)
    ) -> [String] {
        guard let campaign = state.definition else { return [cut("no planner has opened the campaign yet")] }
        var lines = [heading(campaign, state), progress(campaign, state, now, began)]
        lines += best(campaign, state)
        let lanes = lanes(state, now)
        if !lanes.isEmpty { lines += [""] + lanes }
        let left = height - lines.count - 2
        if left > 0, !news.isEmpty { lines += [""] + news.suffix(left) }
        return lines.prefix(height).map(cut)
    }

    private func heading(_ campaign: Campaign, _ state: CampaignState) -> String {
        let phase = state.phase.word + (state.phase.reason.map { ": \($0)" } ?? "")
        let left = "\(campaign.name) \(phase)"
        let keys = "q quits"
        let gap = max(1, width - left.count - keys.count)
        return left + String(repeating: " ", count: gap) + keys
    }

    private func progress(
        _ campaign: Campaign, _ state: CampaignState, _ now: Double, _ began: (time: Double, measured: Int)
    ) -> String {
        var parts: [String] = []
        if let most = campaign.budget.measurements {
            parts.append("\(ProgressBar.bar(state.measured, of: most)) \(state.measured)/\(most)")
            let made = state.measured - began.measured
            if case .running = state.phase, made > 0, most > state.measured {
                let seconds = (now - began.time) / Double(made) * Double(most - state.measured)
                parts.append("\(ProgressBar.duration(seconds)) left")
            }
        } else {
            parts.append("\(state.measured) measured")
        }
        parts.append("\(state.pending.count) pending")
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        return parts.joined(separator: "  ")
    }

    private func best(_ campaign: Campaign, _ state: CampaignState) -> [String] {
        guard let best = state.best(for: campaign.objectives) else { return [] }
        let values = state.bestSoFar(for: campaign.objectives)
        let curve = isUnicode ? ProgressBar.curve(values, width: max(12, width - 2)) : ""
        let text = "best \(campaign.describe(best.values)) at \(campaign.space.describe(best.parameters))"
        return ["", text] + (curve.isEmpty ? [] : [curve])
    }

    /// A lane for each worker: the time since the campaign's first measurement, or the last hour of it, from left to right.
    private func lanes(_ state: CampaignState, _ now: Double) -> [String] {
        var lanes = WorkerLanes(now: now)
        for record in state.jobs.values { lanes.add(record) }
        let names = lanes.workers
        guard let widest = names.map(\.count).max() else { return [] }
        // As many as there is room for, beside eight lines for the rest.
        let shown = names.prefix(max(1, height - 12))
        let name = min(widest, 20)
        let columns = max(10, width - name - 18)
        var lines = shown.map { worker in
            let label = String(worker.prefix(name)).padding(toLength: name, withPad: " ", startingAt: 0)
            return
                "\(label) \(lanes.lane(of: worker, columns: columns, isUnicode: isUnicode)) \(lanes.doing[worker] ?? "")"
        }
        if names.count > shown.count { lines.append("and \(names.count - shown.count) more workers") }
        return lines
    }

    private func cut(_ line: String) -> String {
        String(line.replacing("\n", with: " ").printable.prefix(max(1, width)))
    }
}

/// What workers did in the last hour.
struct WorkerLanes {
    private struct Span {
        let began: Double
        let ended: Double
        let isFailure: Bool
    }

    private static let longest = 3600.0
    private let now: Double
    private var spans: [String: [Span]] = [:]
    /// What each one does now, in words.
    private(set) var doing: [String: String] = [:]

    init(now: Double) { self.now = now }

    /// The workers that did something, by name: 2 before 10.
    var workers: [String] { spans.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending } }

    mutating func add(_ record: JobRecord) {
        switch record.status {
        case .measured(let one) where one.ended > now - Self.longest && one.ended > one.began:
            spans[one.worker, default: []].append(Span(began: one.began, ended: one.ended, isFailure: false))
        case .failed(let one) where one.ended > now - Self.longest && one.ended > one.began:
            spans[one.worker, default: []].append(Span(began: one.began, ended: one.ended, isFailure: true))
        case .started(let worker, let since):
            spans[worker, default: []].append(Span(began: since, ended: now, isFailure: false))
            doing[worker] = "\(record.job.id.rawValue.prefix(4)) \(ProgressBar.duration(now - since))"
        default: break
        }
    }

    /// A worker's time in so many characters: full where it measured, a cross where that failed, a dot where it had nothing to do.
    func lane(of worker: String, columns: Int, isUnicode: Bool) -> String {
        let first = max(now - Self.longest, spans.values.joined().map(\.began).min() ?? now)
        let step = max(1e-9, (now - first) / Double(columns))
        let own = spans[worker] ?? []
        return String(
            (0..<columns).map { column -> Character in
                let (low, high) = (first + Double(column) * step, first + Double(column + 1) * step)
                let here = own.filter { $0.began < high && $0.ended > low }
                guard let one = here.first else { return isUnicode ? "·" : "." }
                return one.isFailure ? "x" : isUnicode ? "█" : "#"
            })
    }
}
