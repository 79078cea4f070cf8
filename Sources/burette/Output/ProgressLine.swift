import Brokers
import Campaigns
import Foundation
import PlannerService
import Synchronization

/// What a person sees while a campaign runs: on a terminal one line that is drawn over, with a bar, the time left and the best value as a
/// small curve; plain lines elsewhere.
final class ProgressLine: Sendable {
    private struct Shown {
        var measured = 0
        var failed = 0
        var phase = CampaignState.Phase.running
        /// How many were measured when the first state was shown, and when.
        var start: (measured: Int, time: ContinuousClock.Instant)?
    }

    private let campaign: Campaign
    private let isLive: Bool
    private let shown = Mutex(Shown())

    /// With `isLive` it is drawn over on a terminal; where somebody types there it is not.
    init(_ campaign: Campaign, isLive: Bool = true) {
        self.campaign = campaign
        self.isLive = isLive && Output.isTerminal
    }

    func show(_ progress: PlannerService.Progress) { show(progress.state, progress.depth) }

    /// A campaign's state, with what its broker counts where that is known.
    func show(_ state: CampaignState, _ depth: QueueDepth? = nil) {
        let (isNews, start) = shown.withLock { shown in
            let start = shown.start ?? (state.measured, .now)
            defer {
                shown = Shown(measured: state.measured, failed: state.failed, phase: state.phase, start: start)
            }
            let isNews =
                state.measured != shown.measured || state.failed != shown.failed || state.phase != shown.phase
            return (isNews, start)
        }
        if isLive {
            Output.draw(liveLine(state, depth, start))
        } else if isNews {
            Output.note(line(state, depth))
        }
    }

    func end() { if isLive { Output.draw("") } }

    private func budget(_ state: CampaignState) -> Budget { (state.definition ?? campaign).budget }

    private func line(_ state: CampaignState, _ depth: QueueDepth?) -> String {
        var parts = [
            budget(state).measurements.map { "\(state.measured)/\($0) measured" } ?? "\(state.measured) measured"
        ]
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        parts.append("\(state.pending.count) pending")
        if let depth {
            if campaign.batches != nil {
                parts.append("\(depth.ready) batch\(depth.ready == 1 ? "" : "es") ready")
            } else {
                parts.append("\(min(depth.ready, state.pending.count)) of them ready")
            }
            parts.append("\(depth.consumers) worker\(depth.consumers == 1 ? "" : "s")")
        }
        if let best = state.best(for: campaign.objectives) { parts.append("best \(campaign.describe(best.values))") }
        return "\(campaign.name) \(state.phase.word): " + parts.joined(separator: ", ")
    }

    private func liveLine(
        _ state: CampaignState, _ depth: QueueDepth?, _ start: (measured: Int, time: ContinuousClock.Instant)
    ) -> String {
        var parts: [String] = []
        if let most = budget(state).measurements {
            parts.append("\(ProgressBar.bar(state.measured, of: most)) \(state.measured)/\(most)")
            let (made, passed) = (state.measured - start.measured, ContinuousClock.now - start.time)
            if case .running = state.phase, made > 0, most > state.measured {
                let seconds = passed / .seconds(1) / Double(made) * Double(most - state.measured)
                parts.append("\(ProgressBar.duration(seconds)) left")
            }
        } else {
            parts.append("\(state.measured) measured")
        }
        if let best = state.best(for: campaign.objectives) {
            // A narrow terminal cuts the end of the line off.
            let curve = Output.isUnicode ? ProgressBar.curve(state.bestSoFar(for: campaign.objectives)) : ""
            parts.append((curve.isEmpty ? "" : "\(curve) ") + "best \(campaign.describe(best.values))")
        }
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        parts.append("\(state.pending.count) pending")
        if let depth { parts.append("\(depth.consumers) worker\(depth.consumers == 1 ? "" : "s")") }
        let phase = if case .running = state.phase { "" } else { " \(state.phase.word)" }
        return "\(Output.bold(campaign.name.rawValue))\(phase) " + parts.joined(separator: "  ")
    }
}

/// The parts of a progress line that are drawn with characters.
enum ProgressBar {
    private static let width = 20

    /// `[#####---------------]`: a part of a whole.
    static func bar(_ part: Int, of whole: Int) -> String {
        let filled = whole > 0 ? min(width, width * part / whole) : width
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "]"
    }

    /// A time for people: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "long" }
        let whole = Int(max(0, seconds).rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\((whole + 30) / 60) min"
        case ..<86_400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }

    /// Values as a curve of at most `width` characters; empty where there is nothing to see.
    static func curve(_ values: [Double], width: Int = 12) -> String {
        let levels = Array("▁▂▃▄▅▆▇█")
        let finite = values.filter(\.isFinite)
        guard finite.count > 1, let low = finite.min(), let high = finite.max(), low < high else { return "" }
        let count = min(width, finite.count)
        let points = (0..<count).map { finite[$0 * (finite.count - 1) / max(1, count - 1)] }
        return String(
            points.map { value in
                // Halves, so that the range of huge values is no infinity.
                let share = (value / 2 - low / 2) / (high / 2 - low / 2)
                return levels[min(levels.count - 1, Int(share * Double(levels.count)))]
            })
    }
}
