import Campaigns
import Foundation
import Support
import Surrogates
import Testing

@testable import Planners

/// Random input of random spaces. A failing test names the seed; put it into `seeds` to see it again.
@Suite("The learning planner is a pure function:")
struct PurityTests {
    static let seeds: [UInt64] = (0..<6).map { _ in UInt64.random(in: 0..<1_000_000) }

    @Test("to the last bit the same, whatever it was asked before, and after a restart", arguments: seeds)
    func caches(seed: UInt64) throws {
        let scene = try Scene(seed: seed)
        let evidences = (2...6).map { scene.input(observations: 9 * $0, pending: $0 % 3, failed: $0 % 2) }
        let fresh = try evidences.map { try scene.planner().recommend(2, given: $0) }
        let used = scene.planner()
        // Forwards, backwards and twice, so that its caches hold what they should not need.
        let forwards = try evidences.map { try used.recommend(2, given: $0) }
        let backwards = try evidences.reversed().map { try used.recommend(2, given: $0) }
        #expect(forwards == fresh)
        #expect(Array(backwards.reversed()) == fresh)
    }

    @Test("several recommendations are those that it makes one after another", arguments: seeds)
    func successive(seed: UInt64) throws {
        let scene = try Scene(seed: seed)
        // With 14 pending the last of them are recommended in a crowd.
        for (count, pending) in [(0, 2), (3, 2), (25, 2), (25, 14)] {
            var input = scene.input(observations: count, pending: pending, failed: 1)
            let together = try scene.planner().recommend(4, given: input)
            for recommendation in together {
                #expect(try scene.planner().recommend(1, given: input) == [recommendation])
                input.pending.append(recommendation.parameters)
            }
        }
    }

    @Test("pending recommendations are never the same, nor closer than the model can tell apart", arguments: seeds)
    func distances(seed: UInt64) throws {
        let scene = try Scene(seed: seed)
        var input = scene.input(observations: 14, pending: 0, failed: 0)
        input.pending = try scene.planner().recommend(16, given: input).map(\.parameters)
        let map = FeatureMap(scene.campaign.space)
        let places = input.pending.map(map.features(of:))
        let data = TrainingData(input.observations, objective: scene.campaign.objectives[0], map: map)
        let fit = try #require(
            ModelFit(data, metrics: map.metrics, recipe: Recipe(), seed: scene.campaign.planner.seed))
        let model = Model(data, fit)
        for (index, place) in places.enumerated() {
            #expect(!places[..<index].contains { model.cannotTellApart($0, place) })
        }
    }

    /// A random space of one to six parameters of all types, with a random smooth objective.
    struct Scene {
        let campaign: Campaign
        private let seed: UInt64

        init(seed: UInt64) throws {
            self.seed = seed
            var random = RandomNumbers(seed: seed)
            let parameters = (0..<Int(1 + random.unit() * 6)).map { index -> Parameter in
                let domain: Parameter.Domain =
                    switch random.next() % 4 {
                    case 0: .discrete(levels: (0..<40).map { Double($0 * $0) }, scale: .linear)
                    case 1: .categorical(options: (0..<30).map { "option \($0)" }, descriptors: nil)
                    case 2: .continuous(low: 1e-3, high: 1e4, scale: .log)
                    default: .continuous(low: -3, high: 8, scale: .linear)
                    }
                return Parameter(name: "p\(index)", domain: domain)
            }
            campaign = Campaign(
                name: try CampaignName("t"), space: ParameterSpace(parameters),
                objectives: [Objective(name: "y", goal: random.unit() < 0.5 ? .minimize : .maximize)],
                planner: PlannerSettings(seed: seed))
        }

        func planner() -> any Planner {
            guard let planner = try? Planners.planner(for: campaign) else { fatalError("no planner") }
            return planner
        }

        func input(observations: Int, pending: Int, failed: Int) -> PlannerInput {
            let design = RandomDesign(space: campaign.space, seed: seed &+ 1)
            let map = FeatureMap(campaign.space)
            let points = (0..<observations + pending + failed).map(design.point)
            return PlannerInput(
                observations: points.prefix(observations).map { point in
                    let features = map.features(of: point)
                    let value = features.enumerated().reduce(0) { $0 + sin(Double($1.offset + 1) + 2 * $1.element) }
                    return Observation(parameters: point, values: ["y": value])
                }, pending: Array(points[observations..<observations + pending]),
                failed: Array(points.suffix(failed)))
        }
    }
}
