import Brokers
import Campaigns
import Execution
import Foundation
import Synchronization

/// What a person sees while a campaign runs: one line that is drawn over on a terminal, plain lines elsewhere.
final class ProgressLine: Sendable {
    private struct Said {
        var measured = 0
        var failed = 0
        var phase = CampaignState.Phase.running
    }

    private let campaign: Campaign
    private let said = Mutex(Said())

    init(_ campaign: Campaign) { self.campaign = campaign }

    func show(_ progress: PlannerService.Progress) { show(progress.state, progress.depth) }

    /// A campaign's state, with what its broker counts where that is known.
    func show(_ state: CampaignState, _ depth: QueueDepth? = nil) {
        let line = self.line(state, workers: depth?.consumers, ready: depth?.ready)
        if Output.isTerminal { return Output.draw(line) }
        let news = said.withLock { said in
            defer { said = Said(measured: state.measured, failed: state.failed, phase: state.phase) }
            return state.measured != said.measured || state.failed != said.failed || state.phase != said.phase
        }
        if news { Output.note(line) }
    }

    func end() { Output.draw("") }

    private func line(_ state: CampaignState, workers: Int?, ready: Int?) -> String {
        var parts = [
            campaign.budget.measurements.map { "\(state.measured)/\($0) measured" } ?? "\(state.measured) measured"
        ]
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        parts.append("\(state.pending.count) pending")
        if let ready { parts.append("\(min(ready, state.pending.count)) of them ready") }
        if let workers { parts.append("\(workers) worker\(workers == 1 ? "" : "s")") }
        if let best = state.best(for: campaign.objectives), let objective = campaign.objectives.first,
            let value = best.values[objective.name]
        {
            parts.append("best \(objective.name) \(value.rounded(significant: 6).shortest)")
        }
        let (word, _) = state.phase.inWords
        return "\(Output.bold(campaign.name.rawValue)) \(word): " + parts.joined(separator: ", ")
    }
}
