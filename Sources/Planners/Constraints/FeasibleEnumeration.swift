import Campaigns

/// All points of a finite space that satisfy its constraints, where these are not too many: a search parameter by parameter that leaves a
/// branch as soon as interval arithmetic shows that nothing in it can satisfy a constraint.
enum FeasibleEnumeration {
    /// At most so many points are listed, and so many branches looked at.
    private static let (mostPoints, mostBranches) = (60_000, 1_500_000)

    /// The points, in the order of the space; nil where the space is not finite, or there is too much to look at.
    static func points(of space: ParameterSpace) -> [[ParameterValue]]? {
        guard space.parameters.allSatisfy({ $0.cardinality != nil }) else { return nil }
        var search = Search(space: space)
        return search.descend(0) ? search.found : nil
    }

    private struct Search {
        let space: ParameterSpace
        var ranges: [ValueRange]
        var values: [ParameterValue] = []
        var found: [[ParameterValue]] = []
        var branches = 0
        /// The constraints that leave a branch early: those that no absent parameter makes hold.
        let constraints: [Constraint]

        init(space: ParameterSpace) {
            self.space = space
            let always = space.parameters.map { $0.when == nil }
            constraints = space.constraints.filter { $0.names(always) }
            ranges = space.parameters.map { ValueRange($0.domain) }
        }

        /// False where it was too much.
        mutating func descend(_ depth: Int) -> Bool {
            guard depth < space.parameters.count else {
                if space.violated(by: values) == nil, space.settled(values) == values { found.append(values) }
                return found.count <= mostPoints
            }
            let whole = ranges[depth]
            for index in 0..<(space.parameters[depth].cardinality ?? 0) {
                guard let value = space.parameters[depth].value(at: index) else { continue }
                branches += 1
                guard branches <= mostBranches else { return false }
                ranges[depth] = ValueRange(value)
                guard constraints.allSatisfy({ $0.canHold(in: ranges) }) else { continue }
                values.append(value)
                defer { values.removeLast() }
                guard descend(depth + 1) else { return false }
            }
            ranges[depth] = whole
            return true
        }
    }
}
