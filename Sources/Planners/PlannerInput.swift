import Campaigns

/// What a planner knows when it is asked.
public struct PlannerInput: Hashable, Sendable {
    /// What has been measured.
    public var observations: [Observation]
    /// Points that are published and have not ended.
    public var pending: [Point]
    /// Points whose measurement failed, for a reason that may lie in the point.
    public var failed: [Point]
    /// Those of the failed points of which nobody says whether they are at fault.
    public var undecided: [Point]
    /// Points whose measurement failed by accident, the last time that it was tried, or that people did not want measured: they tell nothing.
    public var accidents: [Point]
    /// Points whose observation a person called wrong: nothing is known of them, and they may be measured again.
    public var wrong: [Point]
    /// What the workers can do that the recommendations are for; nil is everything.
    public var only: Capability?
    /// How many of the observations and the pending points people asked for or brought in: these take nothing from the budget.
    public var given: Int
    /// What the experiments have cost, where the campaign says what they do; in a record, up to then.
    public var spent: Double?
    /// The options of each parameter that occur in these points, and are not proposed any more.
    public var retired: [String: [RetiredOption]]

    /// Input of the given parts.
    public init(
        observations: [Observation] = [], pending: [Point] = [], failed: [Point] = [], undecided: [Point] = [],
        accidents: [Point] = [], wrong: [Point] = [],
        only: Capability? = nil,
        given: Int = 0, spent: Double? = nil, retired: [String: [RetiredOption]] = [:]
    ) {
        self.retired = retired
        self.spent = spent
        self.observations = observations
        self.pending = pending
        self.failed = failed
        self.accidents = accidents
        self.wrong = wrong
        self.undecided = undecided
        self.only = only
        self.given = given
    }

    /// How many points have been recommended, as far as is known.
    var asked: Int { observations.count + pending.count + failed.count + accidents.count + wrong.count }

    /// How many measurements the campaign has used up or is about to: people's own take nothing from the budget.
    var made: Int { observations.count + wrong.count + pending.count - given }

    /// Every point that was asked for, measured or not.
    var points: [Point] { observations.map(\.setting) + pending + failed + accidents }
}

extension PlannerInput {
    /// What a planner knew in a campaign on `basis`, for workers that can do `only`, under the `definitions` that it had then; jobs that
    /// the campaign does not know are left out. Every recommendation is made from such an input, and so can be made once more.
    public init(
        _ state: CampaignState, basis: Job.Basis, only: Capability? = nil, definitions: DefinitionHistory? = nil
    ) {
        var pending: [Point] = []
        var unpublished = (basis.unpublished ?? [])[...]
        for (position, id) in basis.pending.enumerated() {
            while let first = unpublished.first, first.position <= position {
                pending.append(first.parameters)
                unpublished.removeFirst()
            }
            if let record = state.jobs[id] { pending.append(record.job.parameters) }
        }
        pending += unpublished.map(\.parameters)
        let known = state.observations(first: basis.observations, corrections: basis.corrected ?? 0)
        let excluded = Set(basis.excluded ?? [])
        let wrong = known.filter { $0.job.map(excluded.contains) ?? false }
        let given = (known.compactMap(\.job) + basis.pending).count { state.jobs[$0]?.job.origin == .injected }
        let triedAgain = Set(
            (known.compactMap(\.job) + basis.pending + basis.failed).compactMap { state.jobs[$0]?.job.repeats })
        let failed = basis.failed.filter { !triedAgain.contains($0) }.compactMap { state.jobs[$0] }
        self.init(
            observations: Self.counted(known, without: excluded, trusting: Set(basis.trusted ?? [])), pending: pending,
            failed: failed.filter { !$0.tellsNothing }.map(\.job.parameters),
            undecided: failed.filter(\.isUndecided).map(\.job.parameters),
            accidents: failed.filter(\.tellsNothing).map(\.job.parameters), wrong: wrong.map(\.setting), only: only,
            given: given)
        if let definitions = definitions ?? state.definitions {
            spent = definitions.current.costFunction.map { state.spent(known.compactMap(\.job) + basis.failed, $0) }
            complete(definitions)
        }
    }

    /// All observations of a campaign, and nothing that is under way.
    public init(measuredIn state: CampaignState) {
        self.init(
            observations: Self.counted(
                state.observations[...], without: Set(state.judged(right: false)),
                trusting: Set(state.judged(right: true))),
            wrong: state.excludedObservations.map(\.setting))
        if let definitions = state.definitions { complete(definitions) }
    }

    /// Those of `observations` that nobody excluded.
    private static func counted(
        _ observations: ArraySlice<Observation>, without excluded: Set<JobID>, trusting trusted: Set<JobID>
    ) -> [Observation] {
        guard !excluded.isEmpty || !trusted.isEmpty else { return Array(observations) }
        return observations.compactMap { observation in
            guard let job = observation.job else { return observation }
            guard !excluded.contains(job) else { return nil }
            var counted = observation
            if trusted.contains(job) { counted.isTrusted = true }
            return counted
        }
    }

    /// Brings points of earlier runs into the form of the current one.
    private mutating func complete(_ definitions: DefinitionHistory) {
        observations = observations.map(definitions.completed)
        pending = pending.map(definitions.completed)
        failed = failed.map(definitions.completed)
        undecided = undecided.map(definitions.completed)
        accidents = accidents.map(definitions.completed)
        wrong = wrong.map(definitions.completed)
        for (name, options) in definitions.retiredOptions {
            let values = Set((observations.map(\.parameters) + pending + failed + accidents).compactMap { $0[name] })
            let occurring = options.filter { values.contains(.option($0.option)) }
            if !occurring.isEmpty { retired[name] = occurring }
        }
    }
}

extension JobRecord {
    /// Whether that it came to nothing says nothing of its point.
    fileprivate var tellsNothing: Bool { isAccident || isUnwanted }
}
