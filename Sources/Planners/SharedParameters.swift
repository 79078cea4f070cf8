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
        return first + (try recommend(count - 1, at: leader.parameters.filter { shared.contains($0.key) }, given: rest))
    }
}

extension Planner {
    /// The next `count` points in batches as some hardware has them. Fewer, where no more are left. Throws ``PlannerError``.
    public func recommend(_ count: Int, in batches: BatchSettings, given input: PlannerInput) throws
        -> [[Recommendation]]
    {
        var (recommended, known, left): ([[Recommendation]], PlannerInput, Int) = ([], input, count)
        while left > 0 {
            let batch = try recommend(min(batches.size, left), sharing: batches.shared, given: known)
            guard !batch.isEmpty else { break }
            recommended.append(batch)
            known.pending += batch.map(\.parameters)
            left -= batch.count
        }
        return recommended
    }

    /// The next `count` points that share some values with points which are there. Fewer, where no more go with them. Throws ``PlannerError``.
    public func recommend(_ count: Int, at shared: Point, given input: PlannerInput) throws -> [Recommendation] {
        try recommend(count, given: input.sharing(shared))
    }
}

extension PlannerInput {
    /// It for points that share some values.
    public func sharing(_ shared: Point) -> PlannerInput {
        guard !shared.isEmpty else { return self }
        var input = self
        input.only = (only ?? Capability([:])).fixing(shared)
        return input
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
