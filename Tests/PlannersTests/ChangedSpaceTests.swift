import Campaigns
import Foundation
import Support
import Testing

@testable import Planners

/// What the planner makes of measurements from before its space was changed.
@Suite("In a space that was changed, the planner")
struct ChangedSpaceTests {
    private static let goal = Objective(name: "y", goal: .minimize)

    private func campaign(_ parameters: Parameter...) throws -> Campaign {
        Campaign(
            name: try CampaignName("t"), space: ParameterSpace(parameters), objectives: [Self.goal],
            planner: PlannerSettings(seed: 5, initialDesign: InitialDesign(count: 4)))
    }

    private func range(_ low: Double, _ high: Double) -> Parameter {
        Parameter(name: "x", domain: .continuous(low: low, high: high, scale: .linear))
    }

    private func options(_ names: String..., earlier: String? = nil) -> Parameter {
        Parameter(
            name: "solvent", domain: .categorical(options: names, descriptors: nil),
            earlier: earlier.map(ParameterValue.option))
    }

    /// The state after `old` was measured at some points and `new` has continued it.
    private func state(_ old: Campaign, _ new: Campaign, _ measured: [(Point, Double)]) throws -> CampaignState {
        func event(_ id: String, _ body: Event.Body) -> Event {
            Event(id: id, campaign: old.name, time: 1, body: body)
        }
        var events = [event("old", .opened(.init(planner: "p", software: "1", definition: old)))]
        for (index, (point, value)) in measured.enumerated() {
            let job = Job(id: JobID("\(index)"), parameters: point, of: old)
            events.append(event("p\(index)", .published(job)))
            events.append(
                event(
                    "m\(index)",
                    .measured(.init(job: job.id, worker: "w", values: ["y": value], began: 1, ended: 2))))
        }
        return CampaignState(events + [event("new", .opened(.init(planner: "p", software: "1", definition: new)))])
    }

    @Test("proposes nothing outside a narrowed range, learns from what lies there, and does not measure itself by it")
    func narrowed() throws {
        let new = try campaign(range(0, 5))
        // The values fall towards 10: the best in the range is at 5, which the points outside tell.
        let measured = [0.5, 2.1, 6.0, 8.2, 9.9].map { x -> (Point, Double) in (["x": .number(x)], 10 - x) }
        let state = try state(try campaign(range(0, 10)), new, measured)
        let planner = try Planners.planner(for: new)
        var input = PlannerInput(measuredIn: state)
        #expect(planner.best(given: input)?.observation == 1)
        for _ in 0..<4 {
            let next = try #require(try planner.recommend(1, given: input).first)
            let x = try #require(next.parameters["x"]?.number)
            #expect((0...5).contains(x))
            #expect(next.explanation?.mean != nil, "it comes from the model: \(String(describing: next.explanation))")
            input.observations.append(Observation(parameters: next.parameters, values: ["y": 10 - x]))
        }
        let best = try #require(planner.best(given: input))
        let found = try #require(input.observations[best.observation].parameters["x"]?.number)
        #expect(found <= 5 && found > 4.5, "\(found)")
    }

    @Test("still has a model where nothing was measured inside")
    func nothingInside() throws {
        let new = try campaign(range(0, 5))
        let measured = [6.0, 7.1, 8.2, 9.9].map { x -> (Point, Double) in (["x": .number(x)], x) }
        let state = try state(try campaign(range(0, 10)), new, measured)
        let planner = try Planners.planner(for: new)
        let input = PlannerInput(measuredIn: state)
        #expect(planner.best(given: input) == nil && state.best(for: new.objectives) == nil)
        let next = try #require(try planner.recommend(1, given: input).first)
        #expect(next.explanation?.mean != nil && next.parameters["x"]?.number ?? 9 < 4)
    }

    @Test("never proposes a retired option, and tells it apart from the others", arguments: [false, true])
    func retired(hasDescriptors: Bool) throws {
        func solvents(_ names: [String]) -> Parameter {
            let numbers = ["water": 80.1, "THF": 7.6, "DMF": 36.7]
            return Parameter(
                name: "solvent",
                domain: .categorical(
                    options: names, descriptors: hasDescriptors ? names.map { [numbers[$0] ?? 0] } : nil))
        }
        let (old, new) = (
            try campaign(range(0, 1), solvents(["DMF", "water", "THF"])),
            try campaign(range(0, 1), solvents(["water", "THF"]))
        )
        let measured = (0..<9).map { index -> (Point, Double) in
            let solvent = ["DMF", "water", "THF"][index % 3]
            let x = Double(index) / 8
            return (
                ["x": .number(x), "solvent": .option(solvent)], (x - 0.3) * (x - 0.3) + (solvent == "DMF" ? -5 : 1)
            )
        }
        let state = try state(old, new, measured)
        let input = PlannerInput(measuredIn: state)
        #expect(input.retired["solvent"]?.map(\.option) == ["DMF"])
        let map = FeatureMap(new.space, retired: input.retired)
        let features = ["DMF", "water", "THF"].map {
            map.features(ofMeasured: ["x": .number(0), "solvent": .option($0)])
        }
        #expect(Set(features).count == 3)
        let planner = try Planners.planner(for: new)
        for next in try planner.recommend(6, given: input) {
            #expect(next.parameters["solvent"] != .option("DMF") && next.explanation?.mean != nil)
        }
        let best = try #require(planner.best(given: input)).observation
        #expect(input.observations[best].parameters["solvent"] != .option("DMF"))
    }

    @Test("takes earlier measurements for ones at the value that an added parameter had")
    func added() throws {
        let (old, new) = (
            try campaign(range(0, 1)), try campaign(range(0, 1), options("palladium", "nickel", earlier: "none"))
        )
        let measured = [0.1, 0.4, 0.6, 0.9].map { x -> (Point, Double) in (["x": .number(x)], x) }
        let input = PlannerInput(measuredIn: try state(old, new, measured))
        #expect(input.observations.allSatisfy { $0.parameters["solvent"] == .option("none") })
        let next = try Planners.planner(for: new).recommend(3, given: input)
        #expect(next.count == 3 && next.allSatisfy { new.space.refusal(of: $0.parameters) == nil })
        #expect(next.allSatisfy { $0.explanation?.mean != nil })
    }

    @Test(
        "does not propose a point again that was asked for and set a little off",
        arguments: PlannerSettings.Kind.allCases)
    func setOff(kind: PlannerSettings.Kind) throws {
        var campaign = try campaign(
            Parameter(name: "x", domain: .discrete(levels: [10, 20, 30, 40], scale: .linear)))
        campaign.planner.kind = kind
        let planner = try Planners.planner(for: campaign)
        var input = PlannerInput()
        var asked: [Double] = []
        for _ in 0..<6 {
            guard let next = try planner.recommend(1, given: input).first else { break }
            let level = try #require(next.parameters["x"]?.number)
            asked.append(level)
            input.observations.append(
                Observation(
                    parameters: ["x": .number(level + 0.3)], values: ["y": level], asked: next.parameters))
        }
        #expect(asked.sorted() == [10, 20, 30, 40], "\(kind): \(asked)")
    }
}
