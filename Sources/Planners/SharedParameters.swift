import Campaigns

extension Planner {
    /// The next `count` points, all with the same values of the parameters `shared`, as a furnace or a plate has them: the first is the best one, and
    /// each of the others the best that goes with it, chosen as if those before it were pending. Fewer, where no more go with it. Throws
    /// ``PlannerError``.
    public func recommend(_ count: Int, sharing shared: [String], given input: PlannerInput) throws -> [Recommendation]
    {
        guard count > 1, !shared.isEmpty else { return try recommend(count, given: input) }
        let first = try recommend(1, given: input)
        guard let leader = first.first else { return [] }
        var rest = input
        rest.pending.append(leader.parameters)
        rest.only = (input.only ?? Capability([:])).fixing(leader.parameters.filter { shared.contains($0.key) })
        return first + (try recommend(count - 1, given: rest))
    }
}

extension Capability {
    /// It with some values alone.
    fileprivate func fixing(_ point: Point) -> Capability {
        let fixed = point.mapValues { value -> Values in
            switch value {
            case .number(let number): .range(low: number, high: number)
            case .option(let text): .listed([text])
            }
        }
        return Capability(values.merging(fixed) { $1 })
    }
}
