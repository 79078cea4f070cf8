import Campaigns
import Support
import Testing

@testable import Planners

/// Results that are wrong by orders of magnitude: a bubble, an overflow, a slipped decimal.
@Suite("A result that looks wrong by orders of magnitude", .timeLimit(.minutes(5)))
struct SuspectTests {
    private let campaign: Campaign

    init() throws {
        campaign = Campaign(
            name: try CampaignName("suspects"),
            space: ParameterSpace(
                ["x", "y"].map { Parameter(name: $0, domain: .continuous(low: 0, high: 1, scale: .linear)) }),
            objectives: [Objective(name: "v", goal: .minimize)], planner: PlannerSettings(seed: 3))
    }

    /// A bowl, its floor at (0.3, 0.6).
    private static func bowl(_ point: Point) -> Double {
        let (x, y) = (point["x"]?.number ?? 0, point["y"]?.number ?? 0)
        return 10 * ((x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6))
    }

    private func observed(_ count: Int, _ planner: any Planner) throws -> PlannerInput {
        var input = PlannerInput()
        for _ in 0..<count {
            let point = try #require(try planner.recommend(1, given: input).first?.parameters)
            input.observations.append(Observation(parameters: point, values: ["v": Self.bowl(point)]))
        }
        return input
    }

    private func replace(_ index: Int, by value: Double, in input: inout PlannerInput) {
        input.observations[index] = Observation(
            parameters: input.observations[index].parameters, values: ["v": value])
    }

    @Test("is left out of the model, which predicts as if it had not been made", arguments: [9.91e37, 1e4, 1e300])
    func leftOut(value: Double) throws {
        let planner = try Planners.planner(for: campaign)
        var input = try observed(12, planner)
        replace(4, by: value, in: &input)
        #expect(planner.suspects(given: input) == [4])
        let next = try #require(try planner.recommend(1, given: input).first)
        #expect(next.explanation?.troubles.contains(.suspectLeftOut) == true)
        var without = input
        without.observations.remove(at: 4)
        #expect(planner.suspects(given: without).isEmpty)
        let (with, best) = (planner.best(given: input), planner.best(given: without))
        // A value of 1e300 has all values scaled, which changes last digits.
        let tolerance = value < 1e100 ? 0 : 0.01
        #expect(abs((with?.mean ?? .nan) - (best?.mean ?? .nan)) <= tolerance)
    }

    @Test("is measured once more where it would be the best, and then the second measurement decides")
    func repeated() throws {
        let planner = try Planners.planner(for: campaign)
        var input = try observed(12, planner)
        replace(4, by: -9.91e37, in: &input)
        let suspect = input.observations[4].parameters
        let two = try planner.recommend(2, given: input)
        #expect(two[0].parameters == suspect && two[0].explanation?.troubles == [.repeatsSuspect])
        #expect(two[1].parameters != suspect)
        input.pending = [suspect]
        #expect(try planner.recommend(1, given: input).first?.parameters != suspect)
        input.pending = []

        var refuted = input
        refuted.observations.append(Observation(parameters: suspect, values: ["v": Self.bowl(suspect)]))
        #expect(planner.suspects(given: refuted) == [4])
        #expect(try planner.recommend(1, given: refuted).first?.parameters != suspect)

        var confirmed = try observed(20, planner)
        replace(4, by: -1e6, in: &confirmed)
        confirmed.observations.append(
            Observation(parameters: confirmed.observations[4].parameters, values: ["v": -1.01e6]))
        #expect(planner.suspects(given: confirmed).isEmpty)
        #expect((planner.best(given: confirmed)?.mean ?? 0) < -1e5)
    }

    @Test("is believed where a person vouches for it")
    func trusted() throws {
        let planner = try Planners.planner(for: campaign)
        var input = try observed(12, planner)
        replace(4, by: -1e6, in: &input)
        #expect(planner.suspects(given: input) == [4])
        input.observations[4].isTrusted = true
        #expect(planner.suspects(given: input).isEmpty && planner.best(given: input)?.observation == 4)
    }

    @Test("is followed where all other values are equal: it is the first that tells anything")
    func firstSignal() throws {
        let planner = try Planners.planner(for: campaign)
        var input = try observed(12, planner)
        for index in 0..<12 { replace(index, by: index == 7 ? -5 : 0, in: &input) }
        #expect(planner.suspects(given: input).isEmpty && planner.best(given: input)?.observation == 7)
    }

    @Test("does not spoil a campaign: its end is nearly as good as without, with one result in ten wrong")
    func campaignWithWrongResults() throws {
        for seed in [1, 2, 3] as [UInt64] {
            var campaign = campaign
            campaign.planner.seed = seed
            let planner = try Planners.planner(for: campaign)
            var input = PlannerInput()
            var best = Double.infinity
            for number in 0..<30 {
                let point = try #require(try planner.recommend(1, given: input).first?.parameters)
                let wrong = [-9.91e37, 9.91e37, -1e4][number / 10]
                let value = number % 10 == 5 ? wrong : Self.bowl(point)
                best = min(best, Self.bowl(point))
                input.observations.append(Observation(parameters: point, values: ["v": value]))
            }
            #expect(best < 1e-3, "seed \(seed): \(best)")
        }
    }
}
