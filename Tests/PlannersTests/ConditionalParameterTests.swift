import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

/// Parameters that are there under a condition only.
@Suite("A conditional parameter", .timeLimit(.minutes(5)))
struct ConditionalParameterTests {
    private static func space(constraints: [String] = []) throws -> ParameterSpace {
        let parameters = [
            Parameter(name: "catalyst", domain: .categorical(options: ["none", "Pd", "Ni"], descriptors: nil)),
            Parameter(
                name: "loading", domain: .continuous(low: 0.01, high: 10, scale: .log), when: "catalyst != none"),
            Parameter(
                name: "ligand", domain: .categorical(options: ["L1", "L2"], descriptors: nil),
                when: "catalyst == Pd and loading > 0.1"),
            Parameter(name: "T", domain: .continuous(low: 20, high: 100, scale: .linear)),
        ]
        return ParameterSpace(parameters, constraints: try constraints.map { try Constraint($0, over: parameters) })
    }

    private static func campaign(_ space: ParameterSpace, _ kind: PlannerSettings.Kind, seed: UInt64) throws -> Campaign
    {
        Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "yield", goal: .maximize)],
            planner: PlannerSettings(kind: kind, seed: seed), budget: Budget(measurements: 30))
    }

    @Test("is refused where it is absent, and asked for where it is there")
    func refusals() throws {
        let space = try Self.space()
        let plain: Point = ["catalyst": .option("none"), "T": .number(50)]
        #expect(space.refusal(of: plain) == nil)
        #expect(space.refusal(of: plain.merging(["loading": .number(1)]) { $1 })?.details.code == "absent-parameter")
        let nickel = plain.merging(["catalyst": .option("Ni")]) { $1 }
        #expect(space.refusal(of: nickel) == .missingParameter("loading"))
        #expect(space.refusal(of: nickel.merging(["loading": .number(5)]) { $1 }) == nil)
        let palladium: Point = ["catalyst": .option("Pd"), "T": .number(50), "loading": .number(0.05)]
        #expect(space.refusal(of: palladium) == nil)
        #expect(space.refusal(of: palladium.merging(["loading": .number(1)]) { $1 }) == .missingParameter("ligand"))
        #expect(space.point(of: try #require(space.values(of: palladium))) == palladium)
    }

    @Test(
        "is in a recommendation exactly where its condition holds, whichever planner",
        arguments: PlannerSettings.Kind.allCases)
    func presence(kind: PlannerSettings.Kind) throws {
        guard kind != .grid else { return }
        let space = try Self.space(constraints: ["loading <= 5", "if catalyst == none then T >= 60"])
        let planner = try Planners.planner(for: try Self.campaign(space, kind, seed: 5))
        var input = PlannerInput()
        for round in 0..<18 {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            #expect(space.refusal(of: point) == nil, "\(point)")
            input.observations.append(Observation(parameters: point, values: ["yield": Double(round % 5)]))
        }
        #expect(Set(input.observations.map { $0.parameters.count }).count > 1, "there is more than one shape")
        #expect(Set(input.observations.map(\.parameters)).count == 18)
    }

    @Test("has its best value found, and the best branch", arguments: [1, 2, 3] as [UInt64])
    func optimum(seed: UInt64) throws {
        let space = try Self.space()
        let planner = try Planners.planner(for: try Self.campaign(space, .gaussianProcess, seed: seed))
        var input = PlannerInput()
        for _ in 0..<30 {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            let temperature = ((point["T"]?.number ?? 0) - 70) / 80
            var value = 40 - 30 * temperature * temperature
            if let loading = point["loading"]?.number {
                value += point["catalyst"] == .option("Pd") ? 30 : 10
                value -= 10 * pow(log10(loading) + 0.3, 2)
            }
            if point["ligand"] == .option("L2") { value += 10 }
            input.observations.append(Observation(parameters: point, values: ["yield": value]))
        }
        let best = try #require(input.observations.max { $0.values["yield"] ?? 0 < $1.values["yield"] ?? 0 })
        #expect(best.values["yield"] ?? 0 > 79, "\(best)")
    }

    @Test("in a finite space leaves the points that differ, each once, until all are measured")
    func finite() throws {
        let space = ParameterSpace([
            Parameter(name: "base", domain: .categorical(options: ["no", "yes"], descriptors: nil)),
            Parameter(name: "equivalents", domain: .discrete(levels: [1, 2, 3], scale: .linear), when: "base == yes"),
            Parameter(name: "T", domain: .discrete(levels: [20, 40], scale: .linear)),
        ])
        for kind in PlannerSettings.Kind.allCases {
            let planner = try Planners.planner(for: try Self.campaign(space, kind, seed: 1))
            var input = PlannerInput()
            while let point = try planner.recommend(1, given: input).first?.parameters, input.observations.count < 20 {
                let value = Double(input.observations.count % 3)
                input.observations.append(Observation(parameters: point, values: ["yield": value]))
            }
            #expect(Set(input.observations.map(\.parameters)).count == 8 && input.observations.count == 8, "\(kind)")
        }
    }

    @Test("asks nothing of a worker where it is absent")
    func capability() throws {
        let only = Capability(["loading": .range(low: 0.01, high: 1)])
        #expect(only.admits(["catalyst": .option("none"), "T": .number(50)]))
        let space = try #require(only.restricting(try Self.space()))
        #expect(space.refusal(of: ["catalyst": .option("none"), "T": .number(50)]) == nil)
    }
}
