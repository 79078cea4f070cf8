import Campaigns
import Foundation
import Support
import Testing

@testable import Planners
@testable import Surrogates

/// Spaces of which constraints leave little: what is proposed lies in them, strictly, and optima at their borders are found.
@Suite("Under constraints", .timeLimit(.minutes(5)))
struct ConstrainedSpaceTests {
    private static func integers(_ names: [String], _ low: Int, _ high: Int) -> [Parameter] {
        names.map { Parameter(name: $0, domain: .discrete(levels: (low...high).map(Double.init), scale: .linear)) }
    }

    private static func numbers(_ names: [String], _ low: Double = 0, _ high: Double = 1, step: Double? = nil)
        -> [Parameter]
    {
        names.map {
            Parameter(
                name: $0, domain: .continuous(low: low, high: high, scale: .linear),
                resolution: step.map { .step(size: $0, origin: low) })
        }
    }

    private static func space(_ parameters: [Parameter], _ constraints: String...) throws -> ParameterSpace {
        ParameterSpace(parameters, constraints: try constraints.map { try Constraint($0, over: parameters) })
    }

    /// The best value of `measurements` by a planner of its own; every proposal is checked strictly.
    private func best(
        _ space: ParameterSpace, measurements: Int, seed: UInt64 = 1, kind: PlannerSettings.Kind = .gaussianProcess,
        _ value: (Point) -> Double
    ) throws -> Double {
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "y", goal: .maximize)],
            planner: PlannerSettings(kind: kind, seed: seed), budget: Budget(measurements: measurements))
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        while input.observations.count < measurements {
            guard let next = try planner.recommend(1, given: input).first?.parameters else { break }
            let values = try #require(space.values(of: next))
            for constraint in space.constraints {
                #expect(constraint.holds(at: values), "\(constraint) at \(space.describe(next))")
            }
            #expect(space.refusal(of: next) == nil)
            #expect(!input.points.contains(next), "twice \(space.describe(next))")
            input.observations.append(Observation(parameters: next, values: ["y": value(next)]))
        }
        return input.observations.compactMap { $0.values["y"] }.max() ?? -.infinity
    }

    private func number(_ point: Point, _ name: String) -> Double { point[name]?.number ?? .nan }

    @Test("three integers with a sum of at most 10 reach the optimum on the border")
    func integersOnTheBorder() throws {
        let space = try Self.space(Self.integers(["i", "j", "k"], 1, 10), "i + j + k <= 10")
        // The best of i * j * k there is 3 * 3 * 4.
        #expect(try best(space, measurements: 25) { number($0, "i") * number($0, "j") * number($0, "k") } == 36)
    }

    @Test("A + B = 10 is searched along its line")
    func line() throws {
        let space = try Self.space(Self.numbers(["A", "B"], 0, 10), "A + B == 10")
        #expect(try best(space, measurements: 15) { -pow(number($0, "A") - 3.3, 2) } > -0.001)
    }

    @Test("six integers from 1 to 5 with the sum 10 are all there, and all are measured before the campaign ends")
    func integerSum() throws {
        let space = try Self.space(Self.integers(["a", "b", "c", "d", "e", "f"], 1, 5), "a + b + c + d + e + f == 10")
        let set = ConstrainedSet(space)
        // 4 more than the least for six: C(9, 5), and none can get more than 4 of them.
        #expect(set.listed?.count == 126)
        #expect(try best(space, measurements: 200, kind: .grid) { number($0, "a") } == 5)
    }

    @Test("six components on a grid of 0.05 with the sum 1: 53,130 of 85,766,121")
    func gridMixture() throws {
        let levels = (0...20).map { Double($0) / 20 }
        let names = ["a", "b", "c", "d", "e", "f"]
        let parameters = names.map { Parameter(name: $0, domain: .discrete(levels: levels, scale: .linear)) }
        let space = try Self.space(parameters, "a + b + c + d + e + f == 1")
        #expect(ConstrainedSet(space).listed?.count == 53_130)
        let found = try best(space, measurements: 40) {
            -abs(number($0, "a") - 0.5) - abs(number($0, "b") - 0.25) - number($0, "f")
        }
        #expect(found > -0.15)
    }

    @Test("a mixture whose parts are set in steps of 0.05 adds up to 1 after rounding")
    func stepsMixture() throws {
        let space = try Self.space(Self.numbers(["a", "b", "c", "d"], step: 0.05), "a + b + c + d == 1", "d <= 0.3")
        #expect(
            try best(space, measurements: 30) {
                -pow(number($0, "a") - 0.55, 2) - pow(number($0, "b") - 0.2, 2) - number($0, "c")
            } > -0.06)
    }

    @Test("p + q <= 1 and p <= q hold strictly, also for an optimum where both borders meet")
    func corner() throws {
        let space = try Self.space(Self.numbers(["p", "q"]), "p + q <= 1", "p <= q")
        #expect(try best(space, measurements: 25) { 2 * number($0, "p") + number($0, "q") } > 1.49)
    }

    @Test("ten discrete parameters of 20 levels with a sum")
    func manyLevels() throws {
        let names = (0..<10).map { "x\($0)" }
        let space = try Self.space(Self.integers(names, 0, 19), "\(names.joined(separator: " + ")) == 60")
        let found = try best(space, measurements: 30) { point in
            -names.prefix(3).reduce(0) { $0 + abs(number(point, $1) - 15) }
        }
        #expect(found > -20)
    }

    @Test("a product and a ring are searched inside")
    func nonlinear() throws {
        let space = try Self.space(
            Self.numbers(["x", "y"], -1, 1), "x * y <= 0.2", "0.81 <= x^2 + y^2 <= 1")
        #expect(try best(space, measurements: 30) { number($0, "x") + number($0, "y") } > 1.1)
    }

    @Test("at most two of eight components are there")
    func fewOfMany() throws {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"]
        let space = try Self.space(
            Self.numbers(names), "\(names.joined(separator: " + ")) == 1",
            "count(\(names.joined(separator: ", "))) <= 2")
        #expect(try best(space, measurements: 30) { number($0, "b") + 2 * number($0, "g") } > 1.7)
    }

    @Test("one point alone is found and measured once; a thin set works")
    func thin() throws {
        let one = try Self.space(Self.integers(["i", "j"], 1, 5), "i + j == 2")
        #expect(try best(one, measurements: 5, kind: .sobol) { _ in 1 } == 1)
        let thin = try Self.space(Self.numbers(["x", "y", "z"]), "abs(x - y) <= 0.0001", "x + z == 1")
        #expect(try best(thin, measurements: 15) { -pow(number($0, "y") - 0.7, 2) } > -0.01)
    }

    @Test("limited workers get what both they and the constraints allow")
    func capability() throws {
        let space = try Self.space(Self.numbers(["a", "b", "c"]), "a + b + c == 1")
        let only = try Capability(texts: ["a=0.6...0.9"])
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "y", goal: .maximize)])
        for point in try Planners.planner(for: campaign).recommend(20, given: PlannerInput(only: only)).map(
            \.parameters)
        {
            #expect(only.admits(point) && space.refusal(of: point) == nil, "\(point)")
        }
    }

    @Test("a space that they leave empty is refused with the smallest set of those that contradict one another")
    func contradiction() throws {
        let space = try Self.space(
            Self.numbers(["x", "y"]), "x + y <= 0.5", "x - y <= 1", "x >= 0.4", "y >= 0.4")
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "y", goal: .minimize)])
        #expect(throws: PlannerError.nothingFeasible(["x + y <= 0.5", "x >= 0.4", "y >= 0.4"])) {
            _ = try Planners.planner(for: campaign)
        }
    }

    @Test("a million proposals satisfy them as a program would check it")
    func million() throws {
        let space = try Self.space(
            Self.numbers(["a", "b", "c"]) + Self.integers(["n"], 1, 9), "a + b + c == 1", "a * n <= 2", "b <= c")
        let set = ConstrainedSet(space)
        var random = RandomNumbers(seed: 5)
        var count = 0
        var point = try #require(set.sample.first)
        while count < 1_000_000 {
            for next in set.neighbours(of: point, scale: 0.3, tries: 2000, &random) {
                let (a, b, c, n) = (number(next, "a"), number(next, "b"), number(next, "c"), number(next, "n"))
                guard abs(a + b + c - 1) <= 1e-9, a * n <= 2, b <= c, (0...1).contains(a), (0...1).contains(b) else {
                    Issue.record("\(space.describe(next))")
                    return
                }
                count += 1
                point = next
            }
        }
    }
}
