import Campaigns
import Planners
import ServiceRuntime

/// Asks, once for each number of observations, whether a campaign has found enough by its ``StoppingRules``.
struct StoppingCheck {
    private let planner: any Planner
    /// How many observations there were when it was asked last.
    private var asked = 0

    init(planner: any Planner) { self.planner = planner }

    /// Why it has found enough, in words; nil where it has not.
    mutating func verdict(_ journal: Journal) async throws -> String? {
        let (state, campaign) = (journal.state, journal.campaign)
        guard let rules = campaign.stopping, !state.isFreshlyResumed else { return nil }
        if state.stagnation(campaign) != nil {
            // A result that is wrong by orders of magnitude is not to end the campaign because nothing can be better.
            let suspects = try await suspects(in: state, journal.dependencies)
            if let stagnation = state.stagnation(campaign, without: suspects) { return stagnation }
        }
        guard let bound = rules.regretBelow, state.observations.count != asked,
            state.observations.count >= campaign.leastForRegret
        else { return nil }
        asked = state.observations.count
        let (input, planner) = (PlannerInput(measuredIn: state), planner)
        let estimate = try await journal.dependencies.offloading.run { planner.regret(given: input) }
        guard let estimate, let objective = campaign.objectives.first else { return nil }
        let unit = objective.unit.map { " \($0)" } ?? ""
        let expected = estimate.expected.rounded(significant: 2).shortest + unit
        switch bound {
        case .difference(let most) where estimate.expected < most:
            return "the best point is expected to miss \(expected) of the optimum, less than \(most.shortest)\(unit)"
        case .noise where estimate.expected < estimate.noise:
            let noise = estimate.noise.rounded(significant: 2).shortest + unit
            return "the best point is expected to miss \(expected) of the optimum, less than the noise of \(noise)"
        default: return nil
        }
    }

    /// The jobs whose results look wrong by orders of magnitude.
    private func suspects(in state: CampaignState, _ dependencies: Dependencies) async throws -> Set<JobID> {
        let (input, planner) = (PlannerInput(measuredIn: state), planner)
        return try await dependencies.offloading.run {
            Set(planner.suspects(given: input).compactMap { input.observations[$0].job })
        }
    }
}

extension Campaign {
    /// A model of fewer observations is not taken at its word.
    fileprivate var leastForRegret: Int { max(initialDesignSize, 10, 3 * space.parameters.count) }
}
