import Support
import Testing

@testable import Campaigns

/// What may change in a campaign between two runs, and what may not.
@Suite("A campaign's definition")
struct DefinitionTests {
    private static let temperature = Parameter(
        name: "T", domain: .continuous(low: 20, high: 80, scale: .linear), unit: "C")
    private static let stirring = Parameter(
        name: "rpm", domain: .discrete(levels: [100, 200, 400], scale: .linear))
    private static let solvent = Parameter(
        name: "solvent", domain: .categorical(options: ["water", "THF", "DMF"], descriptors: nil))
    private static let pressure = Parameter(
        name: "p", domain: .continuous(low: 1, high: 5, scale: .linear), unit: "bar", earlier: .number(1))

    private static func campaign(
        _ parameters: [Parameter] = [temperature, stirring, solvent],
        _ objectives: [Objective] = [Objective(name: "yield", goal: .maximize, unit: "%")]
    ) throws -> Campaign {
        Campaign(name: try CampaignName("c"), space: ParameterSpace(parameters), objectives: objectives)
    }

    private static func changed(_ parameter: Parameter) throws -> Campaign {
        try campaign([temperature, stirring, solvent].map { $0.name == parameter.name ? parameter : $0 })
    }

    private func event(_ id: String, _ body: Event.Body, at time: Double = 1) throws -> Event {
        Event(id: id, campaign: try CampaignName("c"), time: time, body: body)
    }

    private func open(_ campaign: Campaign, _ id: String = "open", at time: Double = 1) throws -> Event {
        try event(id, .opened(.init(planner: "p", software: "1", definition: campaign, by: "ann")), at: time)
    }

    private func measure(_ number: Int, _ point: Point, _ value: Double) throws -> [Event] {
        let job = Job(id: JobID("j\(number)"), parameters: point, of: try Self.campaign())
        return [
            try event("p\(number)", .published(job)),
            try event(
                "m\(number)",
                .measured(.init(job: job.id, worker: "w", values: ["yield": value], began: 1, ended: 2))),
        ]
    }

    private let point: Point = ["T": .number(70), "rpm": .number(400), "solvent": .option("DMF")]
    private let other: Point = ["T": .number(40), "rpm": .number(200), "solvent": .option("water")]

    @Test("may have ranges, levels, options, units and scales changed, and a parameter added; each change is told")
    func changes() throws {
        let old = try Self.campaign()
        func domain(_ parameter: Parameter, _ domain: Parameter.Domain, unit: String? = nil) throws -> Campaign {
            try Self.changed(Parameter(name: parameter.name, domain: domain, unit: unit ?? parameter.unit))
        }
        let cases: [(Campaign, String)] = [
            (
                try domain(Self.temperature, .continuous(low: 20, high: 60, scale: .linear)),
                "range of T from 20...80 to 20...60"
            ),
            (
                try domain(Self.temperature, .continuous(low: 0, high: 80, scale: .linear)),
                "range of T from 20...80 to 0...80"
            ),
            (
                try domain(Self.temperature, .continuous(low: 20, high: 80, scale: .log)),
                "scale of T from linear to log"
            ),
            (
                try domain(Self.temperature, .continuous(low: 20, high: 80, scale: .linear), unit: "K"),
                "unit of T from C to K"
            ),
            (
                try domain(Self.stirring, .discrete(levels: [100, 200], scale: .linear)),
                "levels of rpm from 100, 200, 400 to 100, 200"
            ),
            (
                try domain(Self.stirring, .continuous(low: 100, high: 400, scale: .linear)),
                "type of rpm from discrete 100, 200, 400 to continuous 100...400"
            ),
            (
                try domain(Self.solvent, .categorical(options: ["water", "MeCN"], descriptors: nil)),
                "options of solvent from water, THF, DMF to water, MeCN"
            ),
            (
                try domain(
                    Self.solvent, .categorical(options: ["water", "THF", "DMF"], descriptors: [[1], [2], [3]])),
                "descriptors of solvent from none to [1] [2] [3]"
            ),
            (
                try Self.campaign([Self.temperature, Self.stirring, Self.solvent, Self.pressure]),
                "p is added: continuous 1...5 bar; earlier measurements had 1"
            ),
            (
                try Self.campaign(
                    [Self.solvent, Self.temperature, Self.stirring],
                    [Objective(name: "yield", goal: .maximize, unit: "mol%")]), "unit of yield from % to mol%"
            ),
        ]
        for (new, says) in cases {
            #expect(DefinitionConflict.between(old, new).isEmpty, "\(says)")
            #expect(DefinitionChange.between(old, new).map(\.description) == [says])
            let state = CampaignState([try open(old), try open(new, "again", at: 7)])
            let told = try #require(state.definitions?.changes.first)
            #expect(state.definition == new && told.change.description == says && told.by == "ann" && told.time == 7)
        }
        #expect(DefinitionChange.between(old, old).isEmpty)
    }

    @Test("is refused where earlier measurements would mean something else")
    func conflicts() throws {
        let old = try Self.campaign()
        let unnamed = Parameter(name: "p", domain: Self.pressure.domain)
        let cases: [(Campaign, DefinitionConflict)] = [
            (try Self.campaign([Self.temperature, Self.stirring]), .parameterRemoved("solvent")),
            (try Self.campaign(old.space.parameters + [unnamed]), .parameterWithoutEarlierValue("p")),
            (
                try Self.changed(Parameter(name: "rpm", domain: .categorical(options: ["slow"], descriptors: nil))),
                .otherType(parameter: "rpm")
            ),
            (
                try Self.changed(
                    Parameter(name: "T", domain: .continuous(low: 293, high: 353, scale: .linear), unit: "K")),
                .unitAndValues(parameter: "T", from: "C", to: "K")
            ),
            (
                try Self.campaign(old.space.parameters, [Objective(name: "yield", goal: .minimize)]),
                .otherGoal(objective: "yield", from: .maximize, to: .minimize)
            ),
            (
                try Self.campaign(old.space.parameters, old.objectives + [Objective(name: "cost", goal: .minimize)]),
                .objectiveAdded("cost")
            ),
        ]
        for (new, conflict) in cases {
            #expect(DefinitionConflict.between(old, new) == [conflict])
            // An opening that does not continue the campaign changes nothing of it.
            let state = CampaignState([try open(old), try open(new, "again")])
            #expect(state.definition == old && state.conflicts(continuingWith: new) == [conflict])
        }
        let renamed = try Self.campaign(old.space.parameters, [Objective(name: "purity", goal: .maximize)])
        #expect(DefinitionConflict.between(old, renamed) == [.objectiveRemoved("yield"), .objectiveAdded("purity")])
    }

    @Test("is refused where what was measured has no place in it")
    func measuredConflicts() throws {
        let zero = try Self.changed(
            Parameter(name: "T", domain: .continuous(low: 0, high: 80, scale: .linear), unit: "C"))
        let cold = try measure(1, other.merging(["T": .number(0)]) { $1 }, 1)
        let logarithmic = try Self.changed(
            Parameter(name: "T", domain: .continuous(low: 1, high: 80, scale: .log), unit: "C"))
        let state = CampaignState([try open(zero)] + cold)
        #expect(state.conflicts(continuingWith: logarithmic) == [.noLogarithm(parameter: "T", value: 0)])
        let described = try Self.changed(
            Parameter(name: "solvent", domain: .categorical(options: ["water", "THF"], descriptors: [[1], [2]])))
        let old = CampaignState([try open(try Self.campaign())] + (try measure(1, point, 1)))
        #expect(old.conflicts(continuingWith: described) == [.otherDescriptors(parameter: "solvent", retired: "DMF")])
        let added = try Self.campaign([Self.temperature, Self.stirring, Self.solvent, Self.pressure])
        let pressed = CampaignState([try open(try Self.campaign()), try open(added, "b")])
        let otherwise = Parameter(name: "p", domain: Self.pressure.domain, unit: "bar", earlier: .number(2))
        #expect(
            pressed.conflicts(
                continuingWith: try Self.campaign([Self.temperature, Self.stirring, Self.solvent, otherwise]))
                == [.earlierValueChanged(parameter: "p", from: .number(1), to: .number(2))])
        let silent = Parameter(name: "p", domain: Self.pressure.domain, unit: "bar")
        #expect(
            pressed.conflicts(
                continuingWith: try Self.campaign([Self.temperature, Self.stirring, Self.solvent, silent])
            ).isEmpty, "once it is known, the file need not say it")
    }

    @Test("that was narrowed keeps what lies outside, and never calls it the best")
    func narrowed() throws {
        let narrow = try Self.changed(
            Parameter(name: "T", domain: .continuous(low: 20, high: 60, scale: .linear), unit: "C"))
        let before = [try open(try Self.campaign())] + (try measure(1, point, 90)) + (try measure(2, other, 40))
        #expect(CampaignState(before).best(for: narrow.objectives)?.values == ["yield": 90])
        var state = CampaignState(before + [try open(narrow, "again")])
        #expect(state.observations.count == 2 && state.best(for: narrow.objectives)?.values == ["yield": 40])
        #expect(state.bestSoFar(for: narrow.objectives) == [40])
        // It may come back.
        state.apply(try open(try Self.campaign(), "back"))
        #expect(state.best(for: narrow.objectives)?.values == ["yield": 90])
    }

    @Test("takes results of jobs that were under way before the change")
    func late() throws {
        let job = Job(id: JobID("j1"), parameters: point, of: try Self.campaign())
        let retired = try Self.campaign(
            [
                Self.temperature, Self.stirring,
                Parameter(name: "solvent", domain: .categorical(options: ["water"], descriptors: nil)), Self.pressure,
            ])
        var state = CampaignState([
            try open(try Self.campaign()), try event("p", .published(job)), try open(retired, "again"),
        ])
        let result = try event(
            "m", .measured(.init(job: job.id, worker: "w", values: ["yield": 3], began: 2, ended: 3)))
        let unknown = try event(
            "n",
            .measured(
                .init(job: JobID("j2"), worker: "w", values: ["yield": 4], began: 2, ended: 3, parameters: point)))
        for one in [result, unknown] {
            #expect(state.refusal(ofReceived: one, retired) == nil)
            state.apply(one)
        }
        #expect(state.observations.map(\.parameters) == [point, point] && state.best(for: retired.objectives) == nil)
        let completed = try #require(state.definitions?.completed(point))
        #expect(completed["p"] == .number(1) && completed["solvent"] == .option("DMF"))
        #expect(state.definitions?.retiredOptions["solvent"]?.map(\.option) == ["THF", "DMF"])
    }
}
