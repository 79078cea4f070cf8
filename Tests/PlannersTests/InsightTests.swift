import Campaigns
import Foundation
import Support
import Surrogates
import Testing

@testable import Planners

@Suite("What a model believes", .timeLimit(.minutes(5)))
struct InsightTests {
    private static let space = ParameterSpace([
        Parameter(name: "strong", domain: .continuous(low: 0, high: 10, scale: .linear)),
        Parameter(name: "weak", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "nothing", domain: .continuous(low: 1, high: 100, scale: .log)),
        Parameter(name: "solvent", domain: .categorical(options: ["water", "THF"], descriptors: nil)),
    ])

    private static func value(_ point: Point) -> Double {
        let (strong, weak) = (point["strong"]?.number ?? 0, point["weak"]?.number ?? 0)
        return 20 - 0.5 * (strong - 6) * (strong - 6) + 2 * weak + (point["solvent"] == .option("THF") ? 1 : 0)
    }

    private static let planner = Result {
        try Planners.planner(
            for: Campaign(
                name: CampaignName("t"), space: space, objectives: [Objective(name: "y", goal: .maximize)],
                planner: PlannerSettings(seed: 1)))
    }

    private static func input(_ count: Int) -> PlannerInput {
        let design = SobolDesign(space: space, seed: 3)
        return PlannerInput(
            observations: (0..<count).map { design.point($0) }.map {
                Observation(parameters: $0, values: ["y": value($0)])
            })
    }

    private func insight(_ input: PlannerInput) throws -> ModelInsight {
        try #require(try Self.planner.get().insight(given: input))
    }

    @Test(
        "is shown along each parameter through the best point, in the objective's unit, with an interval around the truth"
    )
    func slices() throws {
        let insight = try insight(Self.input(32))
        let slices = insight.slices(11)
        #expect(slices.map(\.parameter) == ["strong", "weak", "nothing", "solvent"])
        #expect(slices[3].values == [.option("water"), .option("THF")])
        #expect(abs((slices[2].values[5].number ?? 0) - 10) < 1e-9, "the middle of a logarithmic range")
        for slice in slices {
            for (value, belief) in zip(slice.values, slice.beliefs) {
                var point = insight.center
                point[slice.parameter] = value
                let truth = Self.value(point)
                #expect(abs(belief.mean - truth) < 1.5, "\(slice.parameter) = \(value)")
                #expect(belief.low <= belief.mean && belief.mean <= belief.high && belief.feasibility == nil)
            }
        }
    }

    @Test("is shown in a plane of any two parameters, and of no others")
    func plane() throws {
        let insight = try insight(Self.input(32))
        let plane = try #require(insight.plane("solvent", "strong", 5))
        #expect(plane.x.count == 2 && plane.y.count == 5 && plane.beliefs.count == 5 && plane.beliefs[0].count == 2)
        let along = insight.slices(5)[0].beliefs.map(\.mean)
        let column = plane.x.firstIndex(of: insight.center["solvent"] ?? .option(""))
        for (row, mean) in along.enumerated() { #expect(abs(plane.beliefs[row][column ?? 0].mean - mean) < 1e-6) }
        #expect(insight.plane("strong", "strong") == nil && insight.plane("strong", "colour") == nil)
    }

    @Test("tells which parameters matter, by Sobol indices near those of the function itself")
    func importance() throws {
        let importance = try insight(Self.input(48)).importance
        // Var of -(s - 6)^2 / 2 over [0, 10] is 16.3 or so, of 2 w 1/3, of the solvent 1/4.
        #expect(importance.map(\.parameter) == ["strong", "weak", "nothing", "solvent"])
        #expect(importance[0].total.mean > 0.85 && importance[0].alone.mean > 0.8)
        #expect(importance[1...].allSatisfy { $0.total.mean < 0.15 })
        #expect(importance[2].total.mean < 0.02, "\(importance[2])")
        #expect(importance.allSatisfy { $0.total.low <= $0.total.mean && $0.total.mean <= $0.total.high })
    }

    @Test("predicts each observation by the others as a process that does not know it does")
    func leftOut() throws {
        let insight = try insight(Self.input(20))
        let model = insight.model
        let process = try #require(model.process(model.mapEstimate))
        for (index, one) in insight.leftOut.enumerated() {
            let others = model.y.indices.filter { $0 != index }
            let without = try #require(
                GaussianProcess(
                    process.covariance, x: Matrix(rows: others.map { Array(model.x.row($0)) }),
                    values: Matrix(rows: [others.map { model.y[$0] }]), noise: others.map { process.noise[$0] },
                    mean: process.mean))
            let posterior = without.posterior(Matrix(rows: [Array(model.x.row(index))]))
            let deviation = (posterior.variances[0] + process.noise[index]).squareRoot()
            #expect(abs(one.deviations - (model.y[index] - posterior.means[0, 0]) / deviation) < 1e-3)
            #expect(one.measured == Self.input(20).observations[index].values["y"])
        }
        #expect(insight.leftOut.count == 20)
    }

    @Test("is nothing while there is no model, and tells how likely measurements come to an end where some failed")
    func failures() throws {
        #expect(try Self.planner.get().insight(given: Self.input(1)) == nil)
        var input = Self.input(24)
        input.failed = input.observations.map(\.parameters).filter { ($0["strong"]?.number ?? 0) > 7 }
        input.observations.removeAll { input.failed.contains($0.parameters) }
        let beliefs = try insight(input).slices(11)[0].beliefs.compactMap(\.feasibility)
        #expect(beliefs.count == 11 && beliefs[10] < 0.5 && beliefs[1] > 0.5, "\(beliefs)")
    }
}
