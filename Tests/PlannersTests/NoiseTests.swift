import Campaigns
import Foundation
import Support
import Surrogates
import Testing

@testable import Planners

@Suite("With noise, the planner")
struct NoiseTests {
    private static let space = ParameterSpace([
        Parameter(name: "x", domain: .continuous(low: 0, high: 1, scale: .linear))
    ])

    /// A parabola with its least value at 0.5, measured at 31 places; one measurement far off was lucky by much.
    private static let observations = (0...30).map { index in
        var random = RandomNumbers(seed: 9, index)
        let x = Double(index) / 30
        let luck = index == 3 ? -2.6 : 0.2 * random.normal()
        return Observation(
            parameters: ["x": .number(x)], values: ["y": 10 * (x - 0.5) * (x - 0.5) + luck])
    }

    private func planner(noise: Double?) throws -> any Planner {
        try Planners.planner(
            for: Campaign(
                name: try CampaignName("t"), space: Self.space,
                objectives: [Objective(name: "y", goal: .minimize, noise: noise)], planner: PlannerSettings(seed: 1)))
    }

    @Test("reports the best predicted mean, and not the luckiest value", arguments: [nil, 0.4])
    func bestMean(noise: Double?) throws {
        let luckiest = Self.observations.indices.min {
            (Self.observations[$0].values["y"] ?? 0) < (Self.observations[$1].values["y"] ?? 0)
        }
        #expect(luckiest == 3)
        let best = try #require(try planner(noise: noise).best(given: PlannerInput(observations: Self.observations)))
        #expect(abs(Double(best.observation) / 30 - 0.5) < 0.15)
        #expect(abs(best.mean) < 0.5 && best.standardDeviation < 0.5)
    }

    @Test("takes the noise that the campaign gives for known")
    func known() throws {
        let input = PlannerInput(observations: Self.observations)
        let told = try #require(try planner(noise: 0.4).recommend(1, given: input).first?.explanation)
        #expect(told.hyperparameters.map { $0.noise < 1e-5 } == true)
        let estimated = try #require(try planner(noise: nil).recommend(1, given: input).first?.explanation)
        #expect(estimated.hyperparameters.map { $0.noise > 1e-3 } == true)
    }

    @Test("trusts a value as little as its standard error says, and estimates the noise of the others")
    func errors() throws {
        // Two values at every place: an exact one of a parabola, and one of its mirror image with a large standard error.
        let places = (0...10).map { Double($0) / 10 }
        func observation(_ x: Double, _ y: Double, _ error: Double?) -> Observation {
            Observation(parameters: ["x": .number(x)], values: ["y": y], errors: error.map { ["y": $0] })
        }
        let right = places.map { observation($0, ($0 - 0.3) * ($0 - 0.3), nil) }
        func best(withErrors: Bool) throws -> Prediction {
            let wrong = places.map { observation($0, -($0 - 0.3) * ($0 - 0.3), withErrors ? 2 : nil) }
            return try #require(try planner(noise: nil).best(given: PlannerInput(observations: right + wrong)))
        }
        let known = try best(withErrors: true)
        #expect(known.observation % 11 == 3 && abs(known.mean) < 0.02 && known.standardDeviation < 0.05)
        let unknown = try best(withErrors: false)
        #expect(unknown.standardDeviation > 2 * known.standardDeviation)
    }

    @Test("fills the space evenly while values differ by noise alone, and follows the first real difference")
    func noiseAlone() throws {
        let planner = try planner(noise: nil)
        func fills(_ input: PlannerInput) throws -> Int {
            try planner.recommend(8, given: input).count {
                $0.explanation?.troubles.contains(.noDifference) ?? false
            }
        }
        var counts: [Int] = []
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = RandomNumbers(seed: seed)
            var input = PlannerInput(
                observations: (0..<24).map { index in
                    Observation(
                        parameters: ["x": .number((Double(index) + 0.5) / 24)], values: ["y": 0.01 * random.normal()])
                })
            counts.append(try fills(input))
            input.observations[5] = Observation(parameters: input.observations[5].parameters, values: ["y": -1])
            let first = try #require(try planner.recommend(1, given: input).first)
            #expect(first.parameters == input.observations[5].parameters, "it is measured once more")
            input.observations.append(Observation(parameters: first.parameters, values: ["y": -1.01]))
            #expect(try fills(input) == 0)
            let next = try planner.recommend(4, given: input).map { $0.parameters["x"]?.number ?? 0 }
            #expect(next.contains { abs($0 - 5.5 / 24) < 0.1 }, "\(next)")
        }
        // Three in four, or none where noise looks like a trend.
        #expect(counts.allSatisfy { $0 == 6 || $0 == 0 } && counts.count { $0 == 6 } >= 3, "\(counts)")
    }

    /// Settings in steps, a few of them measured with noise: the best ones are at 3.
    private static let steps = ParameterSpace([
        Parameter(name: "x", domain: .discrete(levels: (0..<8).map(Double.init), scale: .linear))
    ])

    @Test(
        "measures a point of a finite space again where that tells more than a new one, and not without noise",
        arguments: [true, false])
    func replication(isNoisy: Bool) throws {
        let planner = try Planners.planner(
            for: Campaign(
                name: try CampaignName("t"), space: Self.steps, objectives: [Objective(name: "y", goal: .minimize)],
                planner: PlannerSettings(seed: 1)))
        var random = RandomNumbers(seed: 2)
        // Each place twice, or once: two of them may be the best, and one is left.
        let places = isNoisy ? Array(0..<7) + Array(0..<7) : Array(0..<7)
        let input = PlannerInput(
            observations: places.map { place in
                let distance = Double(place) - 3.2
                let noise = isNoisy ? 2 * random.normal() : 0
                return Observation(
                    parameters: ["x": .number(Double(place))], values: ["y": distance * distance + noise])
            })
        let next = try #require(try planner.recommend(1, given: input).first)
        let x = try #require(next.parameters["x"]?.number)
        let isKnown = next.explanation?.troubles.contains(.measuredBefore) ?? false
        #expect(isKnown == isNoisy, "\(x)")
        #expect(isNoisy ? [2, 3, 4].contains(x) : x == 7, "\(x), \(String(describing: next.explanation))")
    }

    @Test("learns from replicates where there is more noise, and trusts the values there less")
    func replicates() throws {
        // Three measurements at each of twelve places: exact ones below a half, noise above. The best place is in the quiet half.
        var observations: [Observation] = []
        for index in 0..<12 {
            let x = (Double(index) + 0.5) / 12
            for time in 0..<3 {
                var random = RandomNumbers(seed: 4, index, time)
                let noise = (x < 0.5 ? 0.01 : 1.0) * random.normal()
                observations.append(
                    Observation(parameters: ["x": .number(x)], values: ["y": (x - 0.3) * (x - 0.3) + noise]))
            }
        }
        let space = FeatureMap(Self.space)
        let objective = Objective(name: "y", goal: .minimize)
        let data = TrainingData(observations, objective: objective, map: space, learnsNoise: true)
        let deviations = try #require(data.deviations)
        #expect(deviations[3] < 0.2 && deviations[33] > 0.5, "\(deviations)")
        let best = try #require(try planner(noise: nil).best(given: PlannerInput(observations: observations)))
        #expect(abs((Double(best.observation / 3) + 0.5) / 12 - 0.3) < 0.1 && best.standardDeviation < 0.2)
        // A campaign that says what the noise is, is believed; and so is noise that is the same everywhere.
        let told = TrainingData(
            observations, objective: Objective(name: "y", goal: .minimize, noise: 0.4), map: space, learnsNoise: true)
        #expect(Set(told.deviations ?? []) == [0.4])
        let even = observations.indices.map { index in
            var random = RandomNumbers(seed: 5, index)
            return Observation(parameters: observations[index].parameters, values: ["y": random.normal()])
        }
        #expect(TrainingData(even, objective: objective, map: space, learnsNoise: true).deviations == nil)
    }

    @Test("has nothing to say without a model")
    func none() throws {
        #expect(
            try planner(noise: nil).best(given: PlannerInput(observations: Array(Self.observations.prefix(1)))) == nil)
        #expect(
            try Planners.planner(for: braninCampaign(try CampaignName("t"))).best(given: PlannerInput()) == nil)
    }
}

@Suite("In trouble, the planner")
struct TroubleTests {
    private let planner: any Planner

    init() throws {
        planner = try Planners.planner(
            for: PlannerTests.campaign(PlannerSettings(seed: 4, initialDesign: InitialDesign(count: 2))))
    }

    @Test("leaves out a value that is not finite or is missing, and says so", arguments: [Double.nan, .infinity, nil])
    func unusable(value: Double?) throws {
        var input = PlannerTests.input(8)
        input.observations.append(
            Observation(
                parameters: ["x0": .number(1), "x1": .number(1)], values: value.map { ["branin": $0] } ?? [:]))
        let explanation = try #require(try planner.recommend(1, given: input).first?.explanation)
        #expect(explanation.troubles.contains(.unusableObservation))
        #expect(explanation.mean?.isFinite == true)
    }

    @Test("goes on with the design where no observation can be used, and says so")
    func nothingUsable() throws {
        let observations = PlannerTests.input(8).observations.map {
            Observation(parameters: $0.parameters, values: [:])
        }
        let recommendation = try #require(
            try planner.recommend(1, given: PlannerInput(observations: observations)).first)
        #expect(recommendation.explanation?.troubles.contains(.unusableObservation) == true)
        #expect(recommendation.explanation?.mean == nil)
    }

    @Test("lives with many measurements of one point that contradict one another")
    func contradiction() throws {
        let point: Point = ["x0": .number(1), "x1": .number(1)]
        let observations = (0..<12).map { Observation(parameters: point, values: ["branin": Double($0 % 2) * 1e6]) }
        // It tells no difference between places: of four recommendations one is the model's.
        let recommendations = try planner.recommend(4, given: PlannerInput(observations: observations))
        #expect(recommendations.allSatisfy { $0.parameters != point })
        #expect(recommendations.compactMap(\.explanation?.standardDeviation).map(\.isFinite) == [true])
    }

    @Test("lives with observations that lie closer than it can tell apart")
    func illConditioned() throws {
        let observations = (0..<30).map { index in
            Observation(
                parameters: ["x0": .number(1 + 1e-12 * Double(index)), "x1": .number(1)],
                values: ["branin": Double(index % 2)])
        }
        let recommendations = try planner.recommend(4, given: PlannerInput(observations: observations))
        #expect(recommendations.compactMap(\.explanation?.acquisition).map(\.isFinite) == [true])
    }

    @Test("plans in spaces of one parameter and of thirty", arguments: [1, 30])
    func dimensions(count: Int) throws {
        let space = ParameterSpace(
            (0..<count).map { Parameter(name: "x\($0)", domain: .continuous(low: 0, high: 1, scale: .linear)) })
        let planner = try Planners.planner(
            for: Campaign(
                name: try CampaignName("t"), space: space, objectives: [Objective(name: "y", goal: .maximize)],
                planner: PlannerSettings(seed: 2)))
        let design = SobolDesign(space: space, seed: 5)
        let observations = (0..<20).map { index in
            let point = design.point(index)
            return Observation(parameters: point, values: ["y": point.values.reduce(0) { $0 + ($1.number ?? 0) }])
        }
        let recommendation = try #require(
            try planner.recommend(1, given: PlannerInput(observations: observations)).first)
        let sum = recommendation.parameters.values.reduce(0) { $0 + ($1.number ?? 0) }
        #expect(sum > 0.6 * Double(count), "it has seen that more is better")
    }
}
