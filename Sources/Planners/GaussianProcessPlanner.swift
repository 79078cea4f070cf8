import Campaigns

struct GaussianProcessPlanner: Planner {
    let space: ParameterSpace
    let objective: Objective
    let seed: UInt64
    let initial: InitialDesign
    var learns: Bool { true }
    func recommend(_ count: Int, given evidence: Evidence) throws -> [Recommendation] {
        try DesignPlanner(design: SobolDesign(space: space, seed: seed), initial: initial.size(in: space)).recommend(count, given: evidence)
    }
}
