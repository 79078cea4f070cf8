import Yams

/// `instrument:` and `instruments:` of a campaign file.
enum CampaignFileInstruments {
    /// The one instrument; nil where there is none.
    static func one(_ map: YAMLMapping, space: ParameterSpace) throws(CampaignFileError) -> InstrumentSettings? {
        guard let item = try map.mapping("instrument") else { return nil }
        return try settings(item, space)
    }

    /// The instruments of a list; nil where there is none.
    static func several(_ map: YAMLMapping, space: ParameterSpace) throws(CampaignFileError) -> [InstrumentSettings]? {
        guard let nodes = try map.sequence("instruments") else { return nil }
        if map.node("instrument") != nil {
            throw map.problem("instrument and instruments cannot both be there; keep the list", key: "instruments")
        }
        guard !nodes.isEmpty else { throw map.problem("instruments is empty", key: "instruments") }
        var instruments: [InstrumentSettings] = []
        for node in nodes {
            let item = try YAMLMapping(node, file: map.file, place: "instrument \(instruments.count + 1)")
            let one = try settings(item, space)
            if one.human == true, instruments.contains(where: { $0.human == true }) {
                throw item.problem("only one instrument can be the person at this terminal", key: "human")
            }
            if let name = one.name, instruments.contains(where: { $0.name == name }) {
                throw item.problem("the name \(name) stands twice", key: "name")
            }
            instruments.append(one)
        }
        return instruments
    }

    private static func settings(
        _ item: YAMLMapping, _ space: ParameterSpace
    ) throws(CampaignFileError) -> InstrumentSettings {
        try item.known([
            "surface", "exec", "python", "human", "duration", "failure", "noise", "time_limit", "stop_limit", "only",
            "name", "count", "batch",
        ])
        var settings = InstrumentSettings(surface: try item.string("surface"))
        settings.exec = try item.string("exec")
        settings.python = try item.string("python")
        settings.human = try item.bool("human") == true ? true : nil
        settings.failure = try item.number("failure") ?? 0
        settings.noise = try item.number("noise") ?? 0
        settings.timeLimit = try item.duration("time_limit")
        settings.stopLimit = try item.duration("stop_limit")
        settings.batch = try item.bool("batch") == true ? true : nil
        settings.name = try item.string("name")
        settings.count = try item.integer("count", atLeast: 1, atMost: 10_000)
        if let duration = try self.duration(item) { settings.duration = duration }
        settings.only = try only(item, space)
        do throws(InstrumentSettings.Invalid) {
            try settings.validate()
        } catch {
            throw item.problem(error.description, key: error.key)
        }
        return settings
    }

    private static func duration(_ item: YAMLMapping) throws(CampaignFileError) -> ClosedRange<Double>? {
        guard let duration = try item.mapping("duration") else { return nil }
        try duration.known(["low", "high"])
        guard let low = try duration.number("low"), let high = try duration.number("high") else {
            throw duration.problem("needs low and high, in seconds")
        }
        guard low >= 0, low <= high, high <= 1e9 else {
            throw duration.problem(
                "low (\(low.shortest)) and high (\(high.shortest)) must satisfy 0 <= low <= high, in seconds")
        }
        return low...high
    }

    /// `only: [solvent=water, temperature=20...80]`.
    private static func only(
        _ item: YAMLMapping, _ space: ParameterSpace
    ) throws(CampaignFileError) -> Capability? {
        guard let nodes = try item.sequence("only"), !nodes.isEmpty else { return nil }
        let capability: Capability
        do throws(Capability.Unclear) {
            capability = try Capability(texts: nodes.map { $0.string ?? "" })
        } catch {
            throw item.problem("only: \(error)", key: "only")
        }
        guard capability.restricting(space) != nil else {
            throw item.problem("only: \(capability) leaves no point of the campaign", key: "only")
        }
        return capability
    }
}
