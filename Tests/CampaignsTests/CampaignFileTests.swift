import Campaigns
import Foundation
import Testing

@Suite("A campaign file")
struct CampaignFileTests {
    private static let good = """
        campaign: branin-demo
        parameters:
          - {name: x0, type: continuous, low: -5, high: 10, unit: mL}
          - {name: c, type: continuous, low: 0.001, high: 1, scale: log}
          - {name: level, type: discrete, levels: [3, 0, 1.5]}
          - {name: step, type: discrete, low: 0, high: 1, step: 0.1}
          - {name: solvent, type: categorical, options: [water, THF], descriptors: {water: [80.1], THF: [7.6]}}
        objectives:
          - {name: branin, goal: minimize}
        planner:
          seed: 7
          initial_design: {strategy: sobol, count: 3, wait: true}
          lookahead: 3
        budget: {measurements: 20, duration: 2h, target: 0.5}
        order: [solvent, x0]
        workers: {redelivery: fail, timeout: 90min}
        instrument: {surface: branin, duration: {low: 5, high: 30}}
        """

    @Test("becomes a campaign with every part of it")
    func good() throws {
        let campaign = try CampaignFile.parse(Self.good, file: "c.yaml")
        #expect(campaign.name.rawValue == "branin-demo")
        let domains = campaign.space.parameters.map(\.domain)
        #expect(domains[0] == .continuous(low: -5, high: 10, scale: .linear))
        #expect(domains[1] == .continuous(low: 0.001, high: 1, scale: .log))
        #expect(domains[2] == .discrete(levels: [0, 1.5, 3], scale: .linear))
        #expect(campaign.space.parameters[3].cardinality == 11)
        #expect(domains[4] == .categorical(options: ["water", "THF"], descriptors: [[80.1], [7.6]]))
        #expect(campaign.space.parameters[0].unit == "mL")
        #expect(campaign.objectives == [Objective(name: "branin", goal: .minimize)])
        #expect(campaign.planner.initialDesign == InitialDesign(strategy: .sobol, count: 3, wait: true))
        #expect(campaign.planner.lookahead == 3 && campaign.planner.seed == 7)
        #expect(campaign.budget == Budget(measurements: 20, duration: 7200, target: 0.5))
        #expect(campaign.workers.redelivery == .fail && campaign.workers.timeout == 5400)
        #expect(campaign.instrument?.duration == 5...30)
        let order = campaign.parametersInWorkingOrder.map(\.name)
        #expect(order == ["solvent", "x0", "c", "level", "step"])
    }

    @Test(
        "says what its board is, which is read as it was written",
        arguments: [
            ("{spreadsheet: 1AbC}", .spreadsheet("1AbC", credentials: nil)),
            ("{spreadsheet: 1AbC, credentials: key.json}", .spreadsheet("1AbC", credentials: "key.json")),
            ("{exchange: mine.xlsx}", .exchange("mine.xlsx", semicolons: false)),
            ("{exchange: board, semicolons: true}", .exchange("board", semicolons: true)),
        ] as [(String, SheetSettings)])
    func board(text: String, settings: SheetSettings) throws {
        let campaign = try CampaignFile.parse("\(Self.good)\nsheet: \(text)", file: "c.yaml")
        #expect(campaign.sheet == settings)
        let json = try JSONEncoder().encode(campaign)
        #expect(try JSONDecoder().decode(Campaign.self, from: json).sheet == settings)
    }

    @Test("says nothing of what it leaves to the defaults")
    func defaults() throws {
        let campaign = try CampaignFile.parse(
            "campaign: a\nparameters: [{name: x, type: continuous, low: 0, high: 1}]\nobjectives: [{name: y, goal: maximize}]",
            file: "c.yaml")
        #expect(campaign.planner == PlannerSettings())
        #expect(campaign.budget == Budget())
        #expect(campaign.instrument == nil)
    }

    private struct Mistake: Sendable, CustomTestStringConvertible {
        let (from, to, says): (String, String, String)
        init(_ from: String, _ to: String, _ says: String) { (self.from, self.to, self.says) = (from, to, says) }
        var testDescription: String { "\(from) -> \(to)" }
    }

    private static let mistakes = [
        Mistake(
            "budget:", "sheet: {}\nbudget:",
            "c.yaml:14: sheet: spreadsheet (an id), or exchange (a workbook FILE.xlsx, or a folder for files of CSV) is missing"
        ),
        Mistake(
            "budget:", "sheet: {exchange: a.xlsx, spreadsheet: 1AbC}\nbudget:",
            "c.yaml:14: sheet: unknown key \"spreadsheet\"; the keys here are exchange, semicolons"),
        Mistake("planner:", "planer:", "c.yaml:10: unknown key \"planer\"; the keys here are campaign, parameters"),
        Mistake(
            "low: -5, high: 10", "low: 80, high: 20", "c.yaml:3: parameter \"x0\": low (80) is above high (20)"),
        Mistake(
            "budget:", "stopping: {then: end}\nbudget:",
            "stopping: says nothing; it needs no_improvement or regret_below"),
        Mistake(
            "low: -5,", "when: \"c > 1\", low: -5,",
            "c.yaml:3: parameter \"x0\": when, \"c > 1\", names parameters before this one: \"c\" is no parameter"),
        Mistake("budget:", "cost: 5 + z\nbudget:", "\"z\" is no parameter of this campaign"),
        Mistake("budget:", "cost: x0\nbudget:", "cost is not above 0 at x0=-5 mL"),
        Mistake("budget: {", "budget: {cost: 7, ", "the campaign says not what experiments cost; give cost:"),
        Mistake("budget:", "cost: {of: 1, changes: {z: 1}}\nbudget:", "unknown key \"z\""),
        Mistake("budget:", "stopping: {regret_below: little}\nbudget:", "regret_below is \"little\", not a number"),
        Mistake("low: -5", "low: .nan", "c.yaml:3: parameter \"x0\": low is"),
        Mistake("low: -5", "low: nan", "must be a finite number"),
        Mistake("low: -5", "low: abc", "low is \"abc\", not a number"),
        Mistake("low: -5", "lo: -5", "unknown key \"lo\""),
        Mistake("name: c,", "name: x0,", "c.yaml:4: parameter \"x0\": the name stands twice"),
        Mistake("low: -5", "digits: 0, low: -5", "digits is 0; it must be a whole number from 1 to 15"),
        Mistake("low: -5", "digits: 3, step: 1, low: -5", "has both digits and step"),
        Mistake("low: -5", "step: 0, low: -5", "step is 0; it must be above 0"),
        Mistake("low: -5", "step: 99, low: -5", "step (99) is larger than the range"),
        Mistake("low: -5, high: 10", "low: 1.001, high: 1.002, digits: 2", "no two numbers of 2 digits lie from 1.001"),
        Mistake("low: 0.001", "low: 0", "scale log needs values above 0"),
        Mistake("type: continuous, low: -5", "type: real, low: -5", "it can be continuous, discrete, categorical"),
        Mistake("[water, THF]", "[]", "options is missing or empty"),
        Mistake("[water, THF]", "[water, water]", "option \"water\" stands twice"),
        Mistake("THF: [7.6]", "THF: [7.6, 1]", "has 2 numbers, the options before it 1"),
        Mistake("levels: [3, 0, 1.5]", "levels: []", "levels is empty"),
        Mistake("levels: [3, 0, 1.5]", "levels: [3, 3]", "level 3 stands twice"),
        Mistake("step: 0.1}", "step: 0}", "a step above 0"),
        Mistake("step: 0.1}", "step: 1e-9}", "more than 100000 levels"),
        Mistake("branin-demo", "Branin Demo", "cannot name a campaign: use a-z, 0-9 and -"),
        Mistake("branin-demo", "a.b", "cannot name a campaign"),
        Mistake("branin-demo", "''", "cannot name a campaign"),
        Mistake("  - {name: branin, goal: minimize}", "  []", "objectives is missing"),
        Mistake("goal: minimize", "goal: low", "goal is \"low\"; it can be minimize, maximize"),
        Mistake("seed: 7", "seed: -1", "must be a whole number from 0 to 1000000000"),
        Mistake("lookahead: 3", "lookahead: 1.5", "must be a whole number"),
        Mistake("wait: true", "wait: perhaps", "it can be true or false"),
        Mistake("measurements: 20", "measurements: 0", "from 1 to 1000000000"),
        Mistake("duration: 2h", "duration: soon", "a number with s, min, h or d"),
        Mistake("redelivery: fail", "redelivery: keep", "it can be rerun, fail, hold"),
        Mistake("timeout: 90min", "overdue: fail", "after the timeout, and there is none"),
        Mistake("low: 5, high: 30", "low: 30, high: 5", "0 <= low <= high"),
        Mistake("campaign: branin-demo", "campaign: a\ncampaign: b", "stands twice in one mapping"),
        Mistake("budget:", "constraints: ['a < b']\nbudget:", "constraint 1, \"a < b\": \"a\" is no parameter"),
        Mistake("order: [solvent, x0]", "order: [solvent, y]", "order: \"y\" is no parameter"),
        Mistake("order: [solvent, x0]", "order: [x0, x0]", "order: x0 stands twice"),
        Mistake("planner:", "\t- : [", "is not YAML here"),
    ]

    @Test("with a mistake is refused in one sentence with file, line and key", arguments: mistakes)
    private func mistake(_ mistake: Mistake) throws {
        let text = Self.good.replacingOccurrences(of: mistake.from, with: mistake.to)
        try #require(text != Self.good)
        let error = #expect(throws: CampaignFileError.self) { try CampaignFile.parse(text, file: "c.yaml") }
        let sentence = "\(try #require(error))"
        #expect(sentence.contains(mistake.says))
        #expect(sentence.hasPrefix("c.yaml"))
        #expect(!sentence.contains("\n"))
    }

    @Test("that is none is refused in words", arguments: ["", "[1, 2]", "just words", "\u{0}\u{1}"])
    func notACampaign(text: String) throws {
        let error = #expect(throws: CampaignFileError.self) { try CampaignFile.parse(text, file: "c.yaml") }
        #expect(!"\(try #require(error))".contains("\n"))
    }

    @Test("of 100 MB is refused before it is read")
    func huge() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("huge-\(UUID()).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 100_000_000)
        let error = #expect(throws: CampaignFileError.self) { try CampaignFile.read(path: path) }
        #expect("\(try #require(error))".contains("has 100000000 bytes"))
    }

    @Test("that is missing, or a folder, is named")
    func missing() {
        #expect(throws: CampaignFileError.self) { try CampaignFile.read(path: "/no/such/file.yaml") }
        #expect(throws: CampaignFileError.self) { try CampaignFile.read(path: "/tmp") }
    }
}
