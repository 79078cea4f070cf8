import Campaigns
import Support
import Testing

@testable import Planners
@testable import Surrogates

/// Spaces in part of which every measurement fails, and nobody says where.
@Suite("Where measurements fail", .timeLimit(.minutes(5)))
struct FailureTests {
    private static let space = ParameterSpace([
        Parameter(name: "x", domain: .continuous(low: 0, high: 1, scale: .linear)),
        Parameter(name: "y", domain: .continuous(low: 0, high: 1, scale: .linear)),
    ])

    /// The failures and the best value of 25 good measurements of `value`.
    private func outcome(
        seed: UInt64, recipe: Recipe = Recipe(), fails: (Double, Double) -> Bool, value: (Double, Double) -> Double
    ) throws -> (failures: Int, best: Double) {
        let campaign = Campaign(
            name: try freshName(), space: Self.space, objectives: [Objective(name: "v", goal: .maximize)],
            planner: PlannerSettings(seed: seed), budget: Budget(measurements: 25))
        let planner = try Planners.planner(for: campaign, recipe: recipe)
        var input = PlannerInput()
        while input.observations.count < 25, input.failed.count < 100 {
            let next = try #require(try planner.recommend(1, given: input).first?.parameters)
            let (x, y) = (next["x"]?.number ?? 0, next["y"]?.number ?? 0)
            if fails(x, y) {
                input.failed.append(next)
            } else {
                input.observations.append(Observation(parameters: next, values: ["v": value(x, y)]))
            }
        }
        return (input.failed.count, input.observations.compactMap { $0.values["v"] }.max() ?? -.infinity)
    }

    @Test("a wall is found by a few failures, and the optimum at it is reached", arguments: [1, 2, 3] as [UInt64])
    func wall(seed: UInt64) throws {
        let outcome = try outcome(seed: seed, fails: { x, _ in x > 0.6 }, value: { x, y in x + y })
        #expect(outcome.failures <= 20 && outcome.best > 1.59, "\(outcome)")
        let without = try self.outcome(
            seed: seed, recipe: Recipe(ablating: [.feasibility]), fails: { x, _ in x > 0.6 }, value: { x, y in x + y })
        #expect(without.failures > 3 * outcome.failures, "\(without)")
    }

    @Test(
        "bad luck without a place keeps it neither from measuring nor from the neighbourhood of the optimum",
        arguments: [1, 2, 3] as [UInt64])
    func luck(seed: UInt64) throws {
        let outcome = try outcome(
            seed: seed, fails: { x, _ in (x * 7919.13).truncatingRemainder(dividingBy: 1) > 0.75 },
            value: { x, y in -((x - 0.3) * (x - 0.3) + (y - 0.7) * (y - 0.7)) })
        #expect(outcome.failures <= 25 && outcome.best > -0.02, "\(outcome)")
    }

    @Test(
        "a failure among good neighbours looks like bad luck, and its point is tried again; one among failures is not",
        arguments: [1, 2, 3, 4] as [UInt64])
    func luckyCell(seed: UInt64) throws {
        let space = ParameterSpace(
            ["i", "j"].map {
                Parameter(name: $0, domain: .discrete(levels: (0..<7).map(Double.init), scale: .linear))
            })
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "v", goal: .maximize)],
            planner: PlannerSettings(seed: seed), budget: Budget(measurements: 25))
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        var tries: [Point: Int] = [:]
        for _ in 0..<40 {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            tries[point, default: 0] += 1
            let (i, j) = (point["i"]?.number ?? 0, point["j"]?.number ?? 0)
            // The best cell fails the first time; the rows 0 and 1 always.
            if i < 2 || (i == 4 && j == 3 && tries[point] == 1) {
                input.failed.append(point)
                input.undecided.append(point)
            } else {
                let value = 10 - (i - 4) * (i - 4) - (j - 3) * (j - 3)
                input.observations.append(Observation(parameters: point, values: ["v": value]))
            }
        }
        let best: Point = ["i": .number(4), "j": .number(3)]
        #expect(tries[best] == 2, "\(tries[best] ?? 0)")
        #expect(tries.allSatisfy { $0.key == best || $0.value == 1 }, "\(tries.filter { $0.value > 1 })")
    }

    @Test("nothing changes where nothing fails")
    func nothing() throws {
        let value = { (x: Double, y: Double) in -(x - 0.3) * (x - 0.3) - y }
        let with = try outcome(seed: 4, fails: { _, _ in false }, value: value)
        let without = try outcome(
            seed: 4, recipe: Recipe(ablating: [.feasibility]), fails: { _, _ in false }, value: value)
        #expect(with == without)
    }

    @Test("the gradient of the probability is that of its differences")
    func gradient() throws {
        var random = RandomNumbers(seed: 3)
        let points = (0..<30).map { _ in [random.unit(), random.unit()] }
        let labels = points.map { $0[0] + 0.3 * $0[1] < 0.7 }
        let classifier = try #require(
            ProbitClassifier(
                fitting: labels, x: Matrix(rows: points), metrics: [.numeric, .numeric], prior: .usual))
        for _ in 0..<20 {
            let place = [random.unit(), random.unit()]
            let (value, gradient) = classifier.logProbability(at: place)
            #expect(abs(value - classifier.logProbabilities(Matrix(rows: [place]))[0]) < 1e-9)
            for index in 0..<2 {
                var (up, down) = (place, place)
                up[index] += 1e-5
                down[index] -= 1e-5
                let slope =
                    (classifier.logProbability(at: up).value - classifier.logProbability(at: down).value) / 2e-5
                #expect(abs(slope - gradient[index]) < 1e-3 * max(1, abs(slope)), "\(place) \(index)")
            }
        }
    }

    @Test("what was seen to fail is likely to fail, and what came to an end to do so again")
    func confidence() throws {
        let points = (0..<12).map { [Double($0) / 11, 0.5] }
        let labels = points.map { $0[0] < 0.5 }
        let classifier = try #require(
            ProbitClassifier(
                fitting: labels, x: Matrix(rows: points), metrics: [.numeric, .numeric], prior: .usual))
        let probabilities = classifier.logProbabilities(Matrix(rows: points))
        #expect(probabilities[0] > -0.1 && probabilities[4] > -0.3)
        #expect(probabilities[11] < -2 && probabilities[7] < -1.2, "\(probabilities)")
    }
}
