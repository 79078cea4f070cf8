import Campaigns

/// What the planner proposes without a model: the initial design, and its continuation.
extension GaussianProcessPlanner {
    private var design: any Design {
        switch recipe.has(.sobol) ? initial.strategy : .random {
        case .sobol: SobolDesign(space: space, seed: seed)
        case .random: RandomDesign(space: space, seed: seed)
        }
    }

    /// The points of the initial design that nobody has been asked for.
    func initialDesign(given input: PlannerInput) -> [Recommendation] {
        let size = initial.size(in: space)
        guard input.asked < size, let feasible = FeasibleSet(map, only: input.only) else { return [] }
        if let spread = feasible.spread(size - input.asked, excluding: input.points, seed: seed) {
            return spread.map { Recommendation(parameters: $0, origin: .initial, explanation: nil) }
        }
        let known = Set(input.points)
        return design.over(feasible.space).next(size, from: 0, excluding: []).filter { !known.contains($0) }
            .prefix(size - input.asked)
            .map { Recommendation(parameters: $0, origin: .initial, explanation: nil) }
    }

    /// The design goes on where there is no model, the values differ by `noise` alone, or the search finds nothing; the explanation says so.
    func fallback(
        in feasible: FeasibleSet, given input: PlannerInput, _ data: TrainingData, noise: Bool = false
    ) -> Recommendation? {
        let next =
            feasible.spread(1, excluding: input.points, seed: seed)
            ?? design.over(feasible.space).next(1, from: input.asked, excluding: input.points)
        return next.first.map {
            var explanation = Explanation(
                planner: recipe.version, observations: input.observations.count, pending: input.pending.count)
            if data.count >= 2 { explanation.troubles = [data.isFlat || noise ? .noDifference : .noProposal] }
            if data.unusable > 0 { explanation.troubles.append(.unusableObservation) }
            return Recommendation(parameters: $0, origin: .planned, explanation: explanation)
        }
    }
}

extension FeasibleSet {
    /// The next points far from all that are known, where constraints or a list of candidates leave no sequence; nil where a design may be followed.
    func spread(_ count: Int, excluding points: [Point], seed: UInt64) -> [Point]? {
        if let rows {
            let known = Set(points.compactMap(rows.table.row(of:)))
            return rows.spread(count, excluding: known, seed: seed).map(rows.table.point)
        }
        return constrained?.spread(count, map, excluding: points, seed: seed)
    }
}
