import Campaigns
import Foundation

/// What the planner makes of results that look wrong by orders of magnitude.
extension GaussianProcessPlanner {
    func suspects(given input: PlannerInput) -> [Int] { knowing(input.retired).sifted(input).suspects }

    /// What the model learns from; the observations that are left out because they look wrong, and those of them that would be the best.
    func sifted(_ input: PlannerInput) -> (data: TrainingData, suspects: [Int], promising: [Int]) {
        let data = TrainingData(
            input.observations, objective: objective, map: map, learnsNoise: recipe.has(.replicates))
        guard recipe.has(.suspects) else { return (data, [], []) }
        let suspects = Suspects(data, model: model(of:))
        return (
            data.without(suspects.positions), suspects.positions.sorted().map { data.indices[$0] },
            suspects.promising.map { data.indices[$0] }
        )
    }

    /// Measurements to be made again, at the points of observations that would be the best and look wrong: once each, unless the point was tried
    /// before or since.
    func repeats(of promising: [Int], given input: PlannerInput) -> [Recommendation] {
        let tried = Dictionary(grouping: input.points) { $0 }.mapValues(\.count)
        return promising.map { input.observations[$0].setting }
            .filter { tried[$0] == 1 && space.refusal(of: $0) == nil && input.only?.admits($0) ?? true }
            .map { point in
                var explanation = Explanation(
                    planner: recipe.version, observations: input.observations.count, pending: input.pending.count)
                explanation.troubles = [.repeatsSuspect]
                return Recommendation(parameters: point, origin: .planned, explanation: explanation)
            }
    }
}
