import Foundation
import Yams

/// Reads a campaign file: YAML with the keys of docs/cli.md, every mistake a sentence with its line.
public enum CampaignFile {
    /// The largest file that is read, in bytes.
    public static let largest = 1 << 20

    /// Reads the file at `path`. Throws ``CampaignFileError``.
    public static func read(path: String) throws(CampaignFileError) -> Campaign {
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: path)
        } catch {
            throw CampaignFileError(file: path, problem: "there is no such file, or it cannot be read")
        }
        if attributes[.type] as? FileAttributeType == .typeDirectory {
            throw CampaignFileError(file: path, problem: "is a folder; give the campaign's file")
        }
        if let size = attributes[.size] as? Int, size > largest {
            throw CampaignFileError(
                file: path, problem: "has \(size) bytes; a campaign file has at most \(largest), is it the right one?")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CampaignFileError(file: path, problem: "cannot be read; look at its permissions")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CampaignFileError(file: path, problem: "is not text in UTF-8")
        }
        return try parse(text, file: path)
    }

    /// Reads a campaign from `text`, which came from `file`. Throws ``CampaignFileError``.
    public static func parse(_ text: String, file: String) throws(CampaignFileError) -> Campaign {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw message(for: error, file: file)
        } catch {
            throw CampaignFileError(file: file, problem: "is not YAML: \(error)")
        }
        guard let root else {
            throw CampaignFileError(
                file: file, problem: "is empty; it needs at least campaign, parameters and objectives")
        }
        return try campaign(YAMLMapping(root, file: file, place: ""))
    }

    private static func message(for error: YamlError, file: String) -> CampaignFileError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            CampaignFileError(file: file, line: mark.line, problem: "is not YAML here: \(problem)")
        case .reader(let problem, _, _, _): CampaignFileError(file: file, problem: "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            CampaignFileError(
                file: file, line: context.mark.line,
                problem: "key \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) stands twice in one mapping")
        default: CampaignFileError(file: file, problem: "is not YAML: \(error)")
        }
    }

    private static func campaign(_ map: YAMLMapping) throws(CampaignFileError) -> Campaign {
        try map.known([
            "campaign", "parameters", "order", "candidates", "constraints", "objectives", "planner", "budget",
            "stopping", "cost", "workers", "batches", "instrument", "instruments", "sheet",
        ])
        let name: CampaignName
        do {
            name = try CampaignName(map.required("campaign"))
        } catch let error as CampaignName.InvalidName {
            throw map.problem("campaign: \(error)", key: "campaign")
        } catch let error as CampaignFileError {
            throw error
        } catch {
            throw map.problem("campaign: \(error)", key: "campaign")
        }
        let listed = try CampaignFileCandidates.space(map)
        let parameters: [Parameter]
        if let listed {
            parameters = listed.parameters
        } else {
            parameters = try CampaignFileParameters.space(map).parameters
        }
        let space = try CampaignFileConstraints.space(map, over: parameters, candidates: listed?.candidates)
        let objectives = try self.objectives(map)
        let planner = try self.planner(map, space: space)
        let cost = try CampaignFileCost.cost(map, over: space)
        if cost == nil, let item = try map.mapping("budget"), item.node("cost") != nil {
            throw item.problem(
                "budget has a cost, but the campaign says not what experiments cost; give cost:", key: "cost")
        }
        var campaign = Campaign(
            name: name, space: space, objectives: objectives, planner: planner, budget: try budget(map),
            stopping: try stopping(map, planner), cost: cost,
            workers: try workers(map), batches: try CampaignFileBatches.batches(map, over: space),
            instrument: try CampaignFileInstruments.one(map, space: space),
            instruments: try CampaignFileInstruments.several(map, space: space))
        campaign.order = try order(map, of: space)
        campaign.sheet = try sheet(map)
        return campaign
    }

    private static func sheet(_ map: YAMLMapping) throws(CampaignFileError) -> SheetSettings? {
        guard let item = try map.mapping("sheet") else { return nil }
        if let path = try item.string("exchange") {
            try item.known(["exchange", "semicolons"])
            return .exchange(path, semicolons: try item.bool("semicolons") ?? false)
        }
        try item.known(["spreadsheet", "credentials", "exchange"])
        guard let spreadsheet = try item.string("spreadsheet") else {
            throw item.problem(
                "spreadsheet (an id), or exchange (a workbook FILE.xlsx, or a folder for files of CSV) is missing",
                code: "missing-key")
        }
        return .spreadsheet(spreadsheet, credentials: try item.string("credentials"))
    }

    private static func order(_ map: YAMLMapping, of space: ParameterSpace) throws(CampaignFileError) -> [String]? {
        try map.parameters("order", of: space)?.map(\.name)
    }

    private static func objectives(_ map: YAMLMapping) throws(CampaignFileError) -> [Objective] {
        guard let nodes = try map.sequence("objectives"), !nodes.isEmpty else {
            throw map.problem("objectives is missing; name at least one: [{name: yield, goal: maximize}]")
        }
        var objectives: [Objective] = []
        for node in nodes {
            let anonymous = try YAMLMapping(node, file: map.file, place: "objective \(objectives.count + 1)")
            let name = try anonymous.required("name")
            let item = try YAMLMapping(node, file: map.file, place: "objective \"\(name)\"")
            try item.known(["name", "goal", "unit", "noise"])
            guard !objectives.contains(where: { $0.name == name }) else { throw item.problem("the name stands twice") }
            guard let goal: Objective.Goal = try item.choice("goal") else {
                throw item.problem("goal is missing; it can be minimize or maximize")
            }
            let noise = try item.number("noise")
            if let noise, !(noise >= 0 && noise.isFinite) {
                throw item.problem("noise must be the standard deviation of one measurement, 0 or more", key: "noise")
            }
            objectives.append(Objective(name: name, goal: goal, unit: try item.string("unit"), noise: noise))
        }
        return objectives
    }

    private static func planner(_ map: YAMLMapping, space: ParameterSpace) throws(CampaignFileError) -> PlannerSettings
    {
        var settings = PlannerSettings()
        guard let item = try map.mapping("planner") else { return settings }
        try item.known(["kind", "seed", "initial_design", "lookahead", "failures"])
        settings.kind = try item.choice("kind") ?? settings.kind
        if settings.kind == .grid, space.candidates == nil,
            let continuous = space.parameters.first(where: { $0.cardinality == nil })
        {
            throw item.problem(
                "kind grid needs a finite space, but parameter \"\(continuous.name)\" is continuous; make it discrete",
                key: "kind")
        }
        settings.seed = UInt64(try item.integer("seed", atLeast: 0) ?? 0)
        settings.lookahead = try item.integer("lookahead", atLeast: 0, atMost: 10_000) ?? settings.lookahead
        if let failures = try item.mapping("failures") {
            try failures.known(["strategy", "threshold"])
            var chosen = FailureSettings(strategy: try failures.choice("strategy") ?? .combined)
            chosen.threshold = try failures.number("threshold")
            if let threshold = chosen.threshold, !(0...1).contains(threshold) {
                throw failures.problem("threshold is \(threshold.shortest), not from 0 to 1", key: "threshold")
            }
            settings.failures = chosen
        }
        if let design = try item.mapping("initial_design") {
            try design.known(["strategy", "count", "wait"])
            settings.initialDesign.strategy = try design.choice("strategy") ?? .sobol
            settings.initialDesign.count = try design.integer("count", atLeast: 1, atMost: 100_000)
            settings.initialDesign.wait = try design.bool("wait") ?? false
        }
        return settings
    }

    private static func budget(_ map: YAMLMapping) throws(CampaignFileError) -> Budget {
        guard let item = try map.mapping("budget") else { return Budget() }
        try item.known(["measurements", "attempts", "duration", "target", "cost"])
        let cost = try item.number("cost")
        if let cost, cost <= 0 { throw item.problem("cost is \(cost.shortest); it must be above 0", key: "cost") }
        return Budget(
            measurements: try item.integer("measurements", atLeast: 1),
            attempts: try item.integer("attempts", atLeast: 1), duration: try item.duration("duration"),
            target: try item.number("target"), cost: cost)
    }

    private static func stopping(
        _ map: YAMLMapping, _ planner: PlannerSettings
    ) throws(CampaignFileError) -> StoppingRules? {
        guard let item = try map.mapping("stopping") else { return nil }
        try item.known(["no_improvement", "regret_below", "then"])
        var rules = StoppingRules(noImprovement: try item.integer("no_improvement", atLeast: 1))
        rules.action = try item.choice("then") ?? .pause
        if try item.string("regret_below") == "noise" {
            rules.regretBelow = .noise
        } else if let difference = try item.number("regret_below") {
            guard difference > 0, difference.isFinite else {
                throw item.problem("regret_below is a number above 0, or noise", key: "regret_below")
            }
            rules.regretBelow = .difference(difference)
        }
        guard rules.noImprovement != nil || rules.regretBelow != nil else {
            throw item.problem("says nothing; it needs no_improvement or regret_below")
        }
        guard rules.regretBelow == nil || planner.kind == .gaussianProcess else {
            throw item.problem(
                "regret_below needs a model, which planner kind \(planner.kind.rawValue) has not; take no_improvement",
                key: "regret_below")
        }
        return rules
    }

    private static func workers(_ map: YAMLMapping) throws(CampaignFileError) -> WorkerSettings {
        var settings = WorkerSettings()
        guard let item = try map.mapping("workers") else { return settings }
        try item.known(["redelivery", "timeout", "overdue", "pause_after_failures", "retries"])
        settings.redelivery = try item.choice("redelivery") ?? settings.redelivery
        settings.timeout = try item.duration("timeout")
        settings.overdue = try item.choice("overdue") ?? settings.overdue
        if settings.overdue == .fail, settings.timeout == nil {
            throw item.problem("overdue says what happens after the timeout, and there is none", key: "overdue")
        }
        settings.pauseAfterFailures =
            try item.integer("pause_after_failures", atLeast: 1) ?? settings.pauseAfterFailures
        settings.retries = try item.integer("retries", atLeast: 0, atMost: 100) ?? settings.retries
        return settings
    }
}
