import Campaigns

/// What a planner knows when it is asked.
public struct PlannerInput: Hashable, Sendable {
    /// What has been measured.
    public var observations: [Observation]
    /// Points that are published and have not ended.
    public var pending: [Point]
    /// Points whose measurement failed.
    public var failed: [Point]
    /// What the workers can do that the recommendations are for; nil is everything.
    public var only: Capability?
    /// How many of the observations and the pending points people asked for or brought in: these take nothing from the budget.
    public var given: Int

    /// Input of the given parts.
    public init(
        observations: [Observation] = [], pending: [Point] = [], failed: [Point] = [], only: Capability? = nil,
        given: Int = 0
    ) {
        self.observations = observations
        self.pending = pending
        self.failed = failed
        self.only = only
        self.given = given
    }

    /// How many points have been recommended, as far as is known.
    var asked: Int { observations.count + pending.count + failed.count }

    /// Every known point, measured or not.
    var points: [Point] { observations.map(\.parameters) + pending + failed }
}

extension PlannerInput {
    /// What a planner knew in a campaign on `basis`, for workers that can do `only`; jobs that the campaign does not know are left out.
    /// Every recommendation is made from such an input, and so can be made once more.
    public init(_ state: CampaignState, basis: Job.Basis, only: Capability? = nil) {
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
        let known = state.observations.prefix(basis.observations)
        let given = (known.compactMap(\.job) + basis.pending).count { state.jobs[$0]?.job.origin == .injected }
        self.init(
            observations: Array(known), pending: pending,
            failed: basis.failed.compactMap { state.jobs[$0]?.job.parameters }, only: only, given: given)
    }
}
