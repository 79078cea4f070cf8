import Campaigns

/// How much of a space its constraints leave.
public struct Feasibility: Sendable {
    /// The part of random points that satisfies all constraints; 0 where it is less than one in a thousand.
    public let share: Double
    /// How many points there are, where they can be counted.
    public let count: Int?
    /// Some of them, far apart.
    public let examples: [Point]

    /// The feasibility of a space; nil where it has no constraints.
    public init?(of space: ParameterSpace) {
        guard let set = ConstrainedSets.shared.set(of: space) else { return nil }
        share = set.share
        count = set.listed?.count
        examples = set.spread(3, FeatureMap(space), excluding: [], seed: 1)
    }
}

extension Planners {
    /// Throws ``PlannerError/nothingFeasible(_:)`` where no point satisfies all constraints of a space: with the smallest set of them that contradict
    /// one another, found by leaving out one after another.
    static func requireFeasible(_ space: ParameterSpace) throws(PlannerError) {
        guard let set = ConstrainedSets.shared.set(of: space), set.sample.isEmpty else { return }
        var needed = space.constraints
        for constraint in space.constraints where needed.count > 1 {
            let others = needed.filter { $0 != constraint }
            if ConstrainedSet(ParameterSpace(space.parameters, constraints: others)).sample.isEmpty { needed = others }
        }
        throw .nothingFeasible(needed.map(\.text))
    }
}
