import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

@Suite("Whatever was measured, the planner")
struct RobustnessTests {
    private static func campaign(
        _ goal: Objective.Goal = .minimize, noise: Double? = nil, budget: Int? = nil, seed: UInt64 = 1,
        kind: PlannerSettings.Kind = .gaussianProcess
    ) throws -> Campaign {
        Campaign(
            name: try CampaignName("t"),
            space: ParameterSpace(
                ["x0", "x1"].map { Parameter(name: $0, domain: .continuous(low: 0, high: 1, scale: .linear)) }),
            objectives: [Objective(name: "f", goal: goal, noise: noise)],
            planner: PlannerSettings(kind: kind, seed: seed, initialDesign: InitialDesign(count: 3)),
            budget: Budget(measurements: budget))
    }

    private static func observations(
        _ count: Int, in campaign: Campaign, _ value: (Point) -> Double
    ) -> [Observation] {
        let design = SobolDesign(space: campaign.space, seed: 3)
        return (0..<count).map { index in
            let point = design.point(index)
            return Observation(parameters: point, values: ["f": value(point)])
        }
    }

    private static func x(_ point: Point, _ name: String = "x0") -> Double { point[name]?.number ?? .nan }

    @Test("explains itself in numbers that can be written, where values span all that a number can be")
    func overflow() throws {
        let campaign = try Self.campaign()
        let planner = try Planners.planner(for: campaign)
        let known = Self.observations(9, in: campaign) { 1.7e308 * (2 * Self.x($0) - 1) }
        let recommendations = try planner.recommend(2, given: PlannerInput(observations: known))
        for recommendation in recommendations {
            let explanation = try #require(recommendation.explanation)
            _ = try JSONEncoder.oneLine.encode(explanation)
            #expect(explanation.hyperparameters != nil, "there is a model, and the trend is seen")
            #expect(Self.x(recommendation.parameters) < 0.5)
        }
    }

    @Test("recommends points of the space, with numbers that can be written, for doubles of every size")
    func fuzz() throws {
        let seed = UInt64.random(in: .min ... .max)
        var dice = Dice(seed: seed)
        let extremes = [
            0, -0.0, 9.91e37, -1e30, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
            .leastNormalMagnitude / 64,
        ]
        for round in 0..<60 {
            let noise = [nil, nil, 0, 1e-300, 0.1, 1e300].randomElement(using: &dice) ?? nil
            let campaign = try Self.campaign(Bool.random(using: &dice) ? .minimize : .maximize, noise: noise)
            let spread = Int.random(in: 0...2, using: &dice)
            let known = Self.observations(Int.random(in: 1...14, using: &dice), in: campaign) { point in
                switch (spread, Int.random(in: 0..<4, using: &dice)) {
                case (_, 0): return extremes.randomElement(using: &dice) ?? 0
                case (0, _): return Self.x(point)
                case (1, _):
                    // Any double at all.
                    let value = Double(bitPattern: dice.next())
                    return value.isFinite ? value : 1
                default: return Double.random(in: -1...1, using: &dice) * 1e308
                }
            }
            let planner = try Planners.planner(for: campaign)
            let input = PlannerInput(observations: known, pending: [known[0].parameters])
            for recommendation in try planner.recommend(2, given: input) {
                let refusal = campaign.space.refusal(of: recommendation.parameters)
                #expect(refusal == nil, "seed \(seed), round \(round)")
                let explanation = recommendation.explanation
                #expect(throws: Never.self, "seed \(seed), round \(round)") {
                    try JSONEncoder.oneLine.encode(explanation)
                }
            }
            _ = planner.best(given: input)
        }
    }

    @Test("finds points in a logarithmic range of any width")
    func widestRange() throws {
        let parameter = Parameter(name: "c", domain: .continuous(low: 1e-300, high: 1e300, scale: .log))
        let map = FeatureMap(ParameterSpace([parameter]))
        for unit in [0, 0.25, 0.5, 0.9, 1] {
            let value = try #require(parameter.value(unit: unit).number)
            #expect(abs(log10(value) - (-300 + 600 * unit)) < 1e-6)
            #expect(abs(map.coordinates(of: ["c": .number(value)])[0] - unit) < 1e-9)
        }
    }

    @Test("names the observation that it predicts best, also where the model knows only some of them")
    func bestOfMany() throws {
        let campaign = try Self.campaign()
        let known = Self.observations(1300, in: campaign) { point in
            pow(Self.x(point) - 0.3, 2) + pow(Self.x(point, "x1") - 0.6, 2)
        }
        let best = try #require(try Planners.planner(for: campaign).best(given: PlannerInput(observations: known)))
        let value = try #require(known[best.observation].values["f"])
        #expect(abs(value - best.mean) < 0.01 && value < 0.01, "\(best) of the observation with \(value)")
    }

    @Test("takes what people brought in for no part of the budget")
    func given() throws {
        let known = Self.observations(19, in: try Self.campaign()) { pow(Self.x($0) - 0.3, 2) }
        func next(budget: Int?, given: Int) throws -> [Point] {
            try Planners.planner(for: try Self.campaign(budget: budget))
                .recommend(1, given: PlannerInput(observations: known, given: given)).map(\.parameters)
        }
        let free = try next(budget: nil, given: 0)
        #expect(try next(budget: 20, given: 19) == free)
        #expect(try next(budget: 20, given: 0) != free, "where they are measured, hardly any budget is left")
    }

    @Test(
        "does not recommend a pending point again after another one was taken back",
        arguments: [PlannerSettings.Kind.sobol, .random])
    func withdrawal(kind: PlannerSettings.Kind) throws {
        let planner = try Planners.planner(for: try Self.campaign(kind: kind))
        let first = try planner.recommend(5, given: PlannerInput()).map(\.parameters)
        let pending = first.filter { $0 != first[1] && $0 != first[2] }
        let next = try planner.recommend(3, given: PlannerInput(pending: pending)).map(\.parameters)
        #expect(next.count == 3 && Set(next).isDisjoint(with: pending))
    }

    @Test("fills the space evenly as long as all values are equal, and so finds where they are not", arguments: 1...5)
    func flat(seed: UInt64) throws {
        let names = ["a", "b", "c", "d"]
        var campaign = try Self.campaign(.maximize, seed: seed)
        campaign.space = ParameterSpace(
            names.map { Parameter(name: $0, domain: .continuous(low: 0, high: 1, scale: .linear)) })
        // A tenth of the space gives anything.
        let (center, width) = ([0.28, 0.66, 0.41, 0.74], [0.42, 0.38, 0.45, 0.40])
        func yield(_ point: Point) -> Double {
            max(0, 1 - names.indices.reduce(0) { $0 + pow((Self.x(point, names[$1]) - center[$1]) / width[$1], 2) })
        }
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        while input.observations.count < 40, input.observations.allSatisfy({ $0.values["f"] == 0 }) {
            let next = try #require(try planner.recommend(1, given: input).first)
            if input.observations.count >= 3 {
                #expect(input.observations.count < 2 || next.explanation?.troubles == [.noDifference])
            }
            input.observations.append(
                Observation(parameters: next.parameters, values: ["f": yield(next.parameters)]))
        }
        #expect(input.observations.contains { $0.values["f"] ?? 0 > 0 }, "40 measurements, and nothing but zeros")
    }

    @Test("proposes what the instrument can be set to, and knows it as that")
    func resolution() throws {
        var campaign = try Self.campaign()
        campaign.space = ParameterSpace([
            Parameter(
                name: "x0", domain: .continuous(low: 0.1, high: 1.17, scale: .linear),
                resolution: .step(size: 0.05, origin: 0.1)),
            Parameter(
                name: "x1", domain: .continuous(low: 0.0123, high: 987, scale: .log), resolution: .digits(count: 3)),
        ])
        let planner = try Planners.planner(for: campaign)
        for only in [nil, Capability(["x0": .range(low: 0.23, high: 0.61)])] {
            var input = PlannerInput(only: only)
            for _ in 0..<14 {
                let point = try #require(try planner.recommend(1, given: input).first).parameters
                #expect(campaign.space.refusal(of: point) == nil && only?.admits(point) ?? true)
                #expect(!input.points.contains(point))
                let (x0, x1) = (Self.x(point), Self.x(point, "x1"))
                let steps = (x0 - 0.1) / 0.05
                #expect(abs(steps - steps.rounded()) < 1e-9 && x0.shortest.count <= 4, "\(x0)")
                #expect(x1.shortest.filter { $0.isNumber }.trimmingPrefix { $0 == "0" }.count <= 3, "\(x1)")
                input.observations.append(Observation(parameters: point, values: ["f": pow(x0 - 0.5, 2) + log(x1)]))
            }
        }
    }
}
