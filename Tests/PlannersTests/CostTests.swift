import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

@Suite("Where experiments cost differently", .timeLimit(.minutes(5)))
struct CostTests {
    private static let space = ParameterSpace([
        Parameter(name: "x", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "y", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "column", domain: .categorical(options: ["A", "B"], descriptors: nil)),
    ])

    /// Best where it is dear: at x = 0.9.
    private static func value(_ point: Point) -> Double {
        let (x, y) = (point["x"]?.number ?? 0, point["y"]?.number ?? 0)
        let bonus = point["column"] == .option("B") ? 0.02 : 0
        return exp(-8 * ((x - 0.9) * (x - 0.9) + (y - 0.4) * (y - 0.4))) + bonus
    }

    private struct Outcome {
        var spent = 0.0
        var costs: [Double] = []
        var values: [Double] = []
        var switches = 0
    }

    /// A campaign until it has spent its budget; what it knows of the cost is `cost`, and what experiments really cost is `price`.
    private func run(seed: UInt64, cost: Cost?, budget: Double, price: CostFunction, reports: Bool = false) throws
        -> Outcome
    {
        let campaign = Campaign(
            name: try freshName(), space: Self.space, objectives: [Objective(name: "v", goal: .maximize)],
            planner: PlannerSettings(seed: seed), budget: Budget(cost: budget), cost: cost)
        let planner = try Planners.planner(for: campaign)
        var (input, outcome) = (PlannerInput(), Outcome())
        while outcome.spent < budget, outcome.costs.count < 80 {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            let own = price.ofExperiment(at: point) ?? 1
            let change = (input.observations.last?.parameters).map { price.ofChange(from: $0, to: point) } ?? 0
            if let before = input.observations.last?.parameters, before["column"] != point["column"] {
                outcome.switches += 1
            }
            outcome.spent += own + change
            outcome.costs.append(own)
            outcome.values.append(Self.value(point))
            input.spent = outcome.spent
            input.observations.append(
                Observation(parameters: point, values: ["v": Self.value(point)], cost: reports ? own : nil))
        }
        return outcome
    }

    /// How much is saved depends on the seed, and on the processor's last digits.
    @Test("cheap ones go first, and the dear optimum is reached", arguments: [false, true])
    func cheapFirst(reported: Bool) throws {
        let early = try [1, 2, 3].map { try earlyCosts(seed: $0, reported: reported) }
        let (with, without) = (early.reduce(0) { $0 + $1.with }, early.reduce(0) { $0 + $1.without })
        #expect(with < 0.95 * without, "\(early)")
    }

    /// What five measurements after the first six cost, where costs count and where they do not.
    private func earlyCosts(seed: UInt64, reported: Bool) throws -> (with: Double, without: Double) {
        let known = Cost(text: "1 + 19*x^2")
        let price = try CostFunction(known, over: Self.space)
        let with = try run(seed: seed, cost: reported ? Cost() : known, budget: 200, price: price, reports: reported)
        let without = try run(seed: seed, cost: nil, budget: 200, price: price)
        #expect(with.values.max() ?? 0 > 1.015, "\(with.values.max() ?? 0) of 1.02")
        func early(_ outcome: Outcome) -> Double { outcome.costs.dropFirst(6).prefix(5).reduce(0, +) }
        return (early(with), early(without))
    }

    @Test("what is dear to change is changed seldom", arguments: [1, 2, 3] as [UInt64])
    func changes(seed: UInt64) throws {
        let known = Cost(text: "1", changes: ["column": 20])
        let price = try CostFunction(known, over: Self.space)
        let with = try run(seed: seed, cost: known, budget: 200, price: price)
        let without = try run(seed: seed, cost: nil, budget: 200, price: price)
        #expect(with.costs.count > without.costs.count + 5, "\(with.switches) and \(without.switches) changes")
        #expect(with.values.max() ?? 0 > 1.015)
    }
}
