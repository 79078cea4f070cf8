import Campaigns
import Foundation
import Support
import Testing

@testable import Planners
@testable import Surrogates

/// Values below what can be detected, or above what can be measured.
@Suite("A value that is a limit only", .timeLimit(.minutes(5)))
struct LimitTests {
    @Test("is read from the signs that people write")
    func signs() throws {
        for (text, limit, number) in [
            ("< 0.1", Limit.below, "0.1"), ("<=0.1 g", .below, "0.1 g"), (">95", .above, "95"),
            ("\u{2265} 3", .above, "3"),
        ] {
            let read = try #require(Limit.read(text))
            #expect(read.limit == limit && read.number == number)
        }
        #expect(Limit.read("0.1") == nil && Limit.read("-1") == nil)
    }

    @Test("teaches as a bound: the mean lies beyond it, as far as its neighbours say")
    func bound() throws {
        let x = Matrix(rows: [0, 0.2, 0.4, 0.6, 0.8].map { [$0] })
        let covariance = Covariance(metrics: [.numeric], lengthscales: [0.4], variance: 4)
        // A straight line downwards, of which what lies below 0 cannot be seen.
        let noise = [Double](repeating: 1e-4, count: 5)
        let sides: [GaussianProcess.Side?] = [nil, nil, nil, .below, .below]
        let values = [2.0, 1, 0.1, 0, 0]
        let censored = try #require(GaussianProcess(covariance, x: x, values: values, noise: noise, sides: sides))
        let plain = try #require(GaussianProcess(covariance, x: x, values: Matrix(rows: [values]), noise: noise))
        let (ours, numbers) = (censored.posterior(at: [0.7]), plain.posterior(at: [0.7]))
        #expect(ours.means[0] < -0.3 && ours.variance > 10 * numbers.variance, "\(ours.means), \(ours.variance)")
        #expect(abs(numbers.means[0]) < 0.2)
        // A bound that says what is known already changes next to nothing.
        let wide = try #require(
            GaussianProcess(covariance, x: x, values: [2, 1, 0.1, 50, 50], noise: noise, sides: sides))
        let without = try #require(
            GaussianProcess(
                covariance, x: Matrix(rows: [[0], [0.2], [0.4]]), values: Matrix(rows: [[2, 1, 0.1]]),
                noise: [1e-4, 1e-4, 1e-4]))
        #expect(abs(wide.posterior(at: [0.7]).means[0] - without.posterior(at: [0.7]).means[0]) < 0.01)
    }

    /// The best true value after 25 measurements of a peak of 100, of which only what lies between two numbers is seen.
    private func best(seed: UInt64, low: Double, high: Double) throws -> Double {
        let space = ParameterSpace(
            ["x", "y"].map { Parameter(name: $0, domain: .continuous(low: 0, high: 1, scale: .linear)) })
        let campaign = Campaign(
            name: try freshName(), space: space, objectives: [Objective(name: "v", goal: .maximize)],
            planner: PlannerSettings(seed: seed), budget: Budget(measurements: 25))
        let planner = try Planners.planner(for: campaign)
        var (input, best) = (PlannerInput(), 0.0)
        for _ in 0..<25 {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            let (x, y) = (point["x"]?.number ?? 0, point["y"]?.number ?? 0)
            let value = 100 * exp(-12 * ((x - 0.73) * (x - 0.73) + (y - 0.2) * (y - 0.2)))
            best = max(best, value)
            let limit: Limit? = value < low ? .below : value > high ? .above : nil
            input.observations.append(
                Observation(
                    parameters: point, values: ["v": min(high, max(low, value))], limits: limit.map { ["v": $0] }))
        }
        return best
    }

    @Test("below detection keeps the planner away, and the peak is found", arguments: [1, 2, 3] as [UInt64])
    func detection(seed: UInt64) throws { #expect(try best(seed: seed, low: 20, high: .infinity) > 99) }

    @Test("above the range leads the planner beyond what it has seen", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func saturation(seed: UInt64) throws { #expect(try best(seed: seed, low: 0, high: 80) > 90) }
}
