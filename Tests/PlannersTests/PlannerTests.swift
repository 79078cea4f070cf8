import Campaigns
import Foundation
import Support
import Surrogates
import Testing

@testable import Planners

@Suite("A planner")
struct PlannerTests {
    @Test(
        "recommends the same for the same input and seed, and other points for another seed",
        arguments: PlannerSettings.Kind.allCases)
    func determinism(kind: PlannerSettings.Kind) throws {
        guard kind != .grid else { return }
        let input = Self.input(12)
        let answers = try [7, 7, 8].map { seed in
            try Planners.planner(for: Self.campaign(kind, seed: seed)).recommend(2, given: input).map(\.parameters)
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] != answers[2])
    }

    @Test("makes the whole initial design first, and nothing beyond it while it waits for it")
    func barrier() throws {
        var settings = PlannerSettings(seed: 1, initialDesign: InitialDesign(count: 3, wait: true))
        let planner = try Planners.planner(for: Self.campaign(settings))
        let first = try planner.recommend(6, given: PlannerInput())
        #expect(first.map(\.origin) == [.initial, .initial, .initial])
        var input = PlannerInput(pending: first.map(\.parameters))
        #expect(try planner.recommend(3, given: input).isEmpty)
        input = PlannerInput(observations: Self.observe(Array(first.prefix(2))), pending: [first[2].parameters])
        #expect(try planner.recommend(3, given: input).isEmpty)
        input = PlannerInput(observations: Self.observe(first))
        #expect(try planner.recommend(3, given: input).map(\.origin) == [.planned, .planned, .planned])
        settings.initialDesign.wait = false
        let eager = try Planners.planner(for: Self.campaign(settings))
        #expect(
            try eager.recommend(5, given: PlannerInput()).map(\.origin) == [
                .initial, .initial, .initial, .planned, .planned,
            ])
    }

    @Test("asks again for a point of the initial design that was taken back")
    func withdrawnInitial() throws {
        let planner = try Planners.planner(
            for: Self.campaign(PlannerSettings(seed: 1, initialDesign: InitialDesign(count: 4))))
        let design = try planner.recommend(4, given: PlannerInput()).map(\.parameters)
        let input = PlannerInput(pending: [design[0], design[2], design[3]])
        #expect(try planner.recommend(1, given: input).map(\.parameters) == [design[1]])
    }

    @Test("never recommends what is pending, and keeps its distance from it")
    func pending() throws {
        let planner = try Planners.planner(for: Self.campaign(.gaussianProcess, seed: 3))
        var input = Self.input(10)
        let batch = try planner.recommend(6, given: input)
        #expect(Set(batch.map(\.parameters)).count == 6)
        input.pending = batch.map(\.parameters)
        let next = try #require(try planner.recommend(1, given: input).first)
        #expect(!input.pending.contains(next.parameters))
    }

    @Test(
        "measures each point of a finite space once, to the last, and then says that there is no more",
        arguments: PlannerSettings.Kind.allCases)
    func exhaustion(kind: PlannerSettings.Kind) throws {
        let space = ParameterSpace([
            Parameter(name: "a", domain: .discrete(levels: [0, 1, 2], scale: .linear)),
            Parameter(name: "s", domain: .categorical(options: ["x", "y"], descriptors: nil)),
        ])
        let campaign = Campaign(
            name: try CampaignName("t"), space: space, objectives: [Objective(name: "y", goal: .maximize)],
            planner: PlannerSettings(kind: kind, seed: 5, initialDesign: InitialDesign(count: 2)))
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        for step in 0..<6 {
            let point = try #require(try planner.recommend(1, given: input).first).parameters
            #expect(!input.points.contains(point))
            // Measured, failed and pending points are all excluded.
            switch step {
            case 2: input.failed.append(point)
            case 4: input.pending.append(point)
            default: input.observations.append(Observation(parameters: point, values: ["y": Double(step)]))
            }
        }
        #expect(try planner.recommend(3, given: input).isEmpty)
    }

    @Test("keeps inside the space and its levels, in any mixture of types")
    func mixed() throws {
        let space = ParameterSpace([
            Parameter(name: "x", domain: .continuous(low: -3, high: 2, scale: .linear)),
            Parameter(name: "c", domain: .continuous(low: 1e-6, high: 10, scale: .log)),
            Parameter(name: "n", domain: .discrete(levels: [1, 10, 100], scale: .log)),
            Parameter(
                name: "s", domain: .categorical(options: ["a", "b", "c"], descriptors: [[1, 0], [2, 5], [3, 1]])),
            Parameter(name: "t", domain: .categorical(options: ["p", "q"], descriptors: nil)),
        ])
        let campaign = Campaign(
            name: try CampaignName("t"), space: space, objectives: [Objective(name: "y", goal: .minimize)],
            planner: PlannerSettings(seed: 5, initialDesign: InitialDesign(count: 5)))
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        for step in 0..<12 {
            for recommendation in try planner.recommend(2, given: input) {
                #expect(space.refusal(of: recommendation.parameters) == nil, "step \(step)")
                let x = recommendation.parameters["x"]?.number ?? 0
                input.observations.append(Observation(parameters: recommendation.parameters, values: ["y": x * x]))
            }
        }
    }

    @Test(
        "recommends what some workers can measure, where it is asked for them, and learns from everything",
        arguments: PlannerSettings.Kind.allCases)
    func capability(kind: PlannerSettings.Kind) throws {
        var parameters = [
            Parameter(name: "n", domain: .discrete(levels: [1, 2, 3, 4, 5], scale: .linear)),
            Parameter(name: "s", domain: .categorical(options: ["a", "b", "c", "d"], descriptors: nil)),
        ]
        if kind != .grid {
            parameters.append(Parameter(name: "x", domain: .continuous(low: -3, high: 2, scale: .linear)))
        }
        let space = ParameterSpace(parameters)
        let campaign = Campaign(
            name: try CampaignName("t"), space: space, objectives: [Objective(name: "y", goal: .minimize)],
            planner: PlannerSettings(kind: kind, seed: 5, initialDesign: InitialDesign(count: 4)))
        let planner = try Planners.planner(for: campaign)
        let limits = ["n=2,4", "s=b,d"] + (kind == .grid ? [] : ["x=-0.7...0.3"])
        let only = try Capability(texts: limits)
        var input = PlannerInput()
        for step in 0..<12 {
            // Others measure elsewhere.
            input.only = step % 3 == 0 ? nil : only
            let points = try planner.recommend(2, given: input).map(\.parameters)
            #expect(points.count == 2 || kind == .grid)
            for point in points {
                #expect(
                    space.refusal(of: point) == nil && input.only?.admits(point) ?? true, "step \(step): \(point)")
                let value = abs(point["x"]?.number ?? 0) + (point["n"]?.number ?? 0)
                input.observations.append(Observation(parameters: point, values: ["y": value]))
            }
        }
        input.only = try Capability(texts: ["s=e"])
        #expect(try planner.recommend(1, given: input).isEmpty)
    }

    @Test(
        "lives with constant, tiny and huge values, duplicates and two observations",
        arguments: [
            [1.0, 1, 1, 1, 1], [1e-12, 2e-12, 5e-12, 1e-12, 3e-12], [1e12, -3e12, 2e12, 5e11, 1e12], [1, 2],
        ])
    func extremes(values: [Double]) throws {
        let planner = try Planners.planner(
            for: Self.campaign(PlannerSettings(seed: 1, initialDesign: InitialDesign(count: 1))))
        let points = values.indices.map { ["x0": ParameterValue.number(Double($0 / 2)), "x1": .number(3)] }
        let input = PlannerInput(
            observations: zip(points, values).map { Observation(parameters: $0, values: ["branin": $1]) })
        let recommendation = try #require(try planner.recommend(1, given: input).first)
        let explanation = try #require(recommendation.explanation)
        let numbers = [explanation.mean, explanation.standardDeviation, explanation.acquisition].compactMap { $0 }
        // Equal values tell of no difference that a model could predict.
        let isFlat = Set(values).count == 1
        #expect(numbers.count == (isFlat ? 0 : 3) && numbers.allSatisfy(\.isFinite))
        #expect(explanation.troubles.contains(.noDifference) == isFlat)
    }

    @Test("refuses several objectives in words, unless it does not learn")
    func severalObjectives() throws {
        var campaign = try Self.campaign(.gaussianProcess, seed: 1)
        campaign.objectives.append(Objective(name: "other", goal: .maximize))
        #expect(throws: PlannerError.severalObjectives(2)) { try Planners.planner(for: campaign) }
        campaign.planner.kind = .sobol
        #expect(throws: Never.self) { try Planners.planner(for: campaign) }
    }

    @Test("finds the Branin function's minimum in 25 measurements")
    func branin() throws {
        let planner = try Planners.planner(for: Self.campaign(.gaussianProcess, seed: 11))
        var input = PlannerInput()
        for _ in 0..<25 { input.observations += Self.observe(try planner.recommend(1, given: input)) }
        let best = input.observations.compactMap { $0.values["branin"] }.min() ?? .infinity
        #expect(best < 0.45)
    }

    static func input(_ count: Int) -> PlannerInput {
        let sequence = SobolSequence(dimensions: 2, seed: 99)
        let space = PlannerTests.space
        return PlannerInput(
            observations: observe(
                (0..<count).map {
                    Recommendation(parameters: space.point(unit: sequence[$0]), origin: .initial, explanation: nil)
                }))
    }

    static var space: ParameterSpace {
        ParameterSpace([
            Parameter(name: "x0", domain: .continuous(low: -5, high: 10, scale: .linear)),
            Parameter(name: "x1", domain: .continuous(low: 0, high: 15, scale: .linear)),
        ])
    }

    static func observe(_ recommendations: [Recommendation]) -> [Observation] {
        recommendations.map { recommendation in
            let (x, y) = (recommendation.parameters["x0"]?.number ?? 0, recommendation.parameters["x1"]?.number ?? 0)
            let value =
                pow(y - 5.1 / (4 * .pi * .pi) * x * x + 5 / .pi * x - 6, 2) + 10 * (1 - 1 / (8 * .pi)) * cos(x) + 10
            return Observation(parameters: recommendation.parameters, values: ["branin": value])
        }
    }

    static func campaign(_ kind: PlannerSettings.Kind, seed: UInt64) throws -> Campaign {
        try campaign(PlannerSettings(kind: kind, seed: seed))
    }

    static func campaign(_ settings: PlannerSettings) throws -> Campaign {
        braninCampaign(try CampaignName("t"), planner: settings)
    }
}
