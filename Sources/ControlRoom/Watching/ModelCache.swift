import Campaigns
import Monitoring
import ServiceRuntime

/// Views of models, computed once for what is known, away from everything else: a planner's turn does not wait for them.
actor ModelCache {
    private struct Key: Hashable {
        let campaign: CampaignName
        let x: String
        let y: String
    }

    /// What a view depends on: it does not change with every event.
    private struct Basis: Hashable {
        let observations: Int
        let failed: Int
        let pending: [JobID]
        let verdicts: [JobID: ObservationVerdict]
        let corrections: Int
        let definition: Campaign
    }

    private let dependencies: Dependencies
    private var views: [Key: (basis: Basis, view: Task<ModelView?, any Error>)] = [:]
    /// At most so many are kept.
    private static let capacity = 32

    init(_ dependencies: Dependencies) { self.dependencies = dependencies }

    /// The view of a campaign's model; nil where there is none. Throws what planners throw.
    func view(of history: CampaignHistory, plane axes: (x: String, y: String)?) async throws -> ModelView? {
        let key = Key(campaign: history.campaign.name, x: axes?.x ?? "", y: axes?.y ?? "")
        let state = history.state
        let basis = Basis(
            observations: state.observations.count, failed: state.failed, pending: state.pending,
            verdicts: state.verdicts, corrections: state.corrections.count,
            definition: history.campaign)
        if let known = views[key], known.basis == basis { return try await known.view.value }
        if views.count >= Self.capacity { views.removeAll() }
        let offloading = dependencies.offloading
        let task = Task { try await offloading.run { try ModelView(history, plane: axes) } }
        views[key] = (basis, task)
        return try await task.value
    }
}
