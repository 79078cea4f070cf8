import Campaigns
import Support
import Surrogates
import Testing

@testable import Planners

@Suite("The prior against edges", .timeLimit(.minutes(5)))
struct EdgeTests {
    private static let space = ParameterSpace(
        ["x0", "x1"].map { Parameter(name: $0, domain: .continuous(low: 0, high: 1, scale: .linear)) })

    /// How much of it holds at the four ends after some measurements of a function.
    private func ends(_ function: (Double, Double) -> Double) throws -> [(low: Double, high: Double)] {
        let map = FeatureMap(Self.space)
        let objective = Objective(name: "y", goal: .minimize)
        let sobol = SobolSequence(dimensions: 2, seed: 4)
        let observations = (0..<12).map { index in
            let (a, b) = (sobol[index][0], sobol[index][1])
            return Observation(parameters: ["x0": .number(a), "x1": .number(b)], values: ["y": function(a, b)])
        }
        let data = TrainingData(observations, objective: objective, map: map)
        let fit = try #require(ModelFit(data, metrics: map.metrics, recipe: Recipe(), seed: 1))
        let model = Model(data, fit)
        let processes = model.hyperparameterSamples.compactMap(model.process)
        let incumbent = try #require(Incumbent(processes) { _ in true })
        return BoundaryPrior.ends(processes, at: model.coordinates[incumbent.index], map)
    }

    @Test("goes where measurements say that an end is best, and stays where they say that it is not")
    func learns() throws {
        // The more of x0 the better; x1 is best in the middle.
        let ends = try ends { a, b in -3 * a + 4 * (b - 0.5) * (b - 0.5) }
        #expect(ends[0].high < 0.1 && ends[0].low == 1, "\(ends)")
        #expect(ends[1].low > 0.9 && ends[1].high > 0.9, "\(ends)")
        let whole = BoundaryPrior(0.6, parameters: 2, observations: 12)
        let learnt = BoundaryPrior(0.6, parameters: 2, observations: 12, ends: ends)
        let map = FeatureMap(Self.space)
        #expect(whole.value([1, 0.5], map) < -0.4 && learnt.value([1, 0.5], map) > -0.1)
        #expect(abs(whole.value([0.02, 0.5], map) - learnt.value([0.02, 0.5], map)) < 0.2)
    }

    @Test("has the slope of its value, learnt or not")
    func slope() {
        let map = FeatureMap(Self.space)
        for ends in [[], [(low: 0.3, high: 0.9), (low: 1, high: 0)]] {
            let prior = BoundaryPrior(0.6, parameters: 2, observations: 5, ends: ends)
            for index in 0..<2 {
                var (low, high) = ([0.3, 0.8], [0.3, 0.8])
                low[index] -= 1e-6
                high[index] += 1e-6
                let slope = (prior.value(high, map) - prior.value(low, map)) / 2e-6
                #expect(abs(slope - prior.slope([0.3, 0.8][index], index)) < 1e-6)
            }
        }
    }

    @Test("is as it was for jobs of earlier versions")
    func versions() {
        for version in 3...5 {
            #expect(!Recipe(of: "gaussian-process \(version)").has(.ends))
            #expect(Recipe(of: "gaussian-process \(version)").version == "gaussian-process \(version)")
        }
        #expect(Recipe(of: "gaussian-process 6").has(.ends) && Recipe().version == "gaussian-process 8")
    }

    @Test("does not keep a campaign from an optimum in a corner, with noise")
    func corner() throws {
        let campaign = Campaign(
            name: try freshName(), space: Self.space, objectives: [Objective(name: "y", goal: .maximize)],
            planner: PlannerSettings(seed: 2), budget: Budget(measurements: 25))
        let planner = try Planners.planner(for: campaign)
        var random = RandomNumbers(seed: 3)
        var input = PlannerInput()
        for _ in 0..<25 {
            let point = try #require(try planner.recommend(1, given: input).first).parameters
            let (a, b) = (point["x0"]?.number ?? 0, point["x1"]?.number ?? 0)
            let value = 1 - (1 - a) - (1 - b) * (1 - b) + 0.05 * random.normal()
            input.observations.append(Observation(parameters: point, values: ["y": value]))
        }
        let nearest = input.observations.compactMap { observation -> Double? in
            guard let a = observation.parameters["x0"]?.number, let b = observation.parameters["x1"]?.number else {
                return nil
            }
            return 2 - a - b
        }.min()
        #expect(nearest == 0, "\(nearest ?? -1)")
    }
}
