import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

@Suite("The expected simple regret")
struct RegretTests {
    private static func branin(_ x: Double, _ y: Double) -> Double {
        let bend = y - 5.1 / (4 * .pi * .pi) * x * x + 5 / .pi * x - 6
        return bend * bend + 10 * (1 - 1 / (8 * .pi)) * cos(x) + 10
    }

    private static func campaign(seed: UInt64) throws -> Campaign {
        Campaign(
            name: try CampaignName("t"),
            space: ParameterSpace([
                Parameter(name: "x", domain: .continuous(low: -5, high: 10, scale: .linear)),
                Parameter(name: "y", domain: .continuous(low: 0, high: 15, scale: .linear)),
            ]),
            objectives: [Objective(name: "f", goal: .minimize)], planner: PlannerSettings(seed: seed))
    }

    /// Which numbers a campaign comes to depends on the processor in the end: what holds is said of several together.
    @Test("is hardly ever below the true one from ten measurements on, nor far, and falls to a thousandth of the range")
    func tracks() throws {
        let campaigns = try [1, 2, 3, 4].map(Self.course)
        #expect(campaigns.reduce(0) { $0 + $1.below } <= 4, "\(campaigns)")
        #expect(campaigns.allSatisfy { $0.least < 0.6 } && campaigns.count { $0.least < 0.3 } >= 2, "\(campaigns)")
    }

    /// The least estimate of a campaign, and how often one was below the true regret.
    private static func course(seed: UInt64) throws -> (least: Double, below: Int) {
        let planner = try Planners.planner(for: try Self.campaign(seed: seed))
        var input = PlannerInput()
        var least = Double.infinity
        var below = 0
        for count in 1...28 {
            let point = try #require(try planner.recommend(1, given: input).first).parameters
            let value = Self.branin(point["x"]?.number ?? 0, point["y"]?.number ?? 0)
            input.observations.append(Observation(parameters: point, values: ["f": value]))
            guard count >= 10 else { continue }
            let best = input.observations.compactMap { $0.values["f"] }.min() ?? 0
            let estimate = try #require(planner.regret(given: input))
            #expect(estimate.expected > 0.5 * (best - 0.397888), "at \(count) measurements")
            if estimate.expected < best - 0.397888 { below += 1 }
            least = min(least, estimate.expected)
        }
        return (least, below)
    }

    @Test("does not exist where nothing is learnt")
    func none() throws {
        let planner = try Planners.planner(for: try Self.campaign(seed: 1))
        #expect(planner.regret(given: PlannerInput()) == nil)
    }
}
