import Brokers
import Campaigns
import Foundation
import PlannerService
import Synchronization

/// What a person sees while a campaign runs: one line that is drawn over on a terminal, plain lines elsewhere.
final class ProgressLine: Sendable {
    private struct Shown {
        var measured = 0
        var failed = 0
        var phase = CampaignState.Phase.running
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
        let line = self.line(state, workers: depth?.consumers, ready: depth?.ready)
        if isLive { return Output.draw(line) }
        let news = shown.withLock { shown in
            defer { shown = Shown(measured: state.measured, failed: state.failed, phase: state.phase) }
            return state.measured != shown.measured || state.failed != shown.failed || state.phase != shown.phase
        }
        if news { Output.note(line) }
    }

    func end() { if isLive { Output.draw("") } }

    private func line(_ state: CampaignState, workers: Int?, ready: Int?) -> String {
        var parts = [
            campaign.budget.measurements.map { "\(state.measured)/\($0) measured" } ?? "\(state.measured) measured"
        ]
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        parts.append("\(state.pending.count) pending")
        if let ready { parts.append("\(min(ready, state.pending.count)) of them ready") }
        if let workers { parts.append("\(workers) worker\(workers == 1 ? "" : "s")") }
        if let best = state.best(for: campaign.objectives) { parts.append("best \(campaign.describe(best.values))") }
        return "\(Output.bold(campaign.name.rawValue)) \(state.phase.word): " + parts.joined(separator: ", ")
    }
}
