import Campaigns
import Support
import Testing

@testable import Planners

/// Points for hardware that takes several samples at once, under one temperature.
@Suite("Recommendations that share parameters", .timeLimit(.minutes(5)))
struct SharedParametersTests {
    private static let parameters = [
        Parameter(
            name: "T", domain: .continuous(low: 20, high: 900, scale: .linear), resolution: .step(size: 5, origin: 20)),
        Parameter(name: "gas", domain: .categorical(options: ["N2", "Ar", "air"], descriptors: nil)),
        Parameter(name: "x", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "y", domain: .continuous(low: 0, high: 1, scale: .linear)),
    ]

    @Test(
        "have the same values of these, differ in the others, and satisfy the constraints, with a model and without",
        arguments: PlannerSettings.Kind.allCases, [false, true])
    func share(kind: PlannerSettings.Kind, isConstrained: Bool) throws {
        guard kind != .grid else { return }
        let texts = isConstrained ? ["x + y == 1", "gas != air or T <= 500"] : []
        let space = ParameterSpace(
            Self.parameters, constraints: try texts.map { try Constraint($0, over: Self.parameters) })
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "v", goal: .maximize)],
            planner: PlannerSettings(kind: kind, seed: 3))
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        var temperatures: Set<ParameterValue> = []
        for _ in 0..<6 {
            let batch = try planner.recommend(6, sharing: ["T", "gas"], given: input).map(\.parameters)
            #expect(batch.count == 6 && Set(batch).count == 6)
            #expect(Set(batch.map { $0["T"] }).count == 1 && Set(batch.map { $0["gas"] }).count == 1, "\(batch)")
            temperatures.formUnion(batch.compactMap { $0["T"] })
            for point in batch {
                #expect(space.refusal(of: point) == nil)
                let (t, x) = ((point["T"]?.number ?? 0) / 900, point["x"]?.number ?? 0)
                let value = -(t - 0.6) * (t - 0.6) - (x - 0.3) * (x - 0.3)
                input.observations.append(Observation(parameters: point, values: ["v": value]))
            }
        }
        #expect(temperatures.count >= 3)
        if kind == .gaussianProcess {
            let best = input.observations.compactMap { $0.values["v"] }.max() ?? -1
            #expect(best > -0.04, "\(best)")
        }
    }
}
