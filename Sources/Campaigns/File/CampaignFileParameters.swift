import Yams

/// The `parameters` of a campaign file.
enum CampaignFileParameters {
    /// The most values that a discrete or categorical parameter may have.
    static let mostValues = 100_000

    static func space(_ map: YAMLMapping) throws(CampaignFileError) -> ParameterSpace {
        guard let nodes = try map.sequence("parameters"), !nodes.isEmpty else {
            throw map.problem(
                "parameters is missing; name at least one: [{name: x0, type: continuous, low: 0, high: 1}]")
        }
        guard nodes.count <= 1000 else {
            throw map.problem("there are \(nodes.count) parameters; at most 1000 are taken")
        }
        var parameters: [Parameter] = []
        for node in nodes {
            let parameter = try self.parameter(node, number: parameters.count + 1, file: map.file)
            if parameters.contains(where: { $0.name == parameter.name }) {
                throw try YAMLMapping(node, file: map.file, place: "parameter \"\(parameter.name)\"")
                    .problem("the name stands twice; each parameter needs its own")
            }
            try requireCondition(parameter, after: parameters, node, map.file)
            parameters.append(parameter)
        }
        return ParameterSpace(parameters)
    }

    /// `when: catalyst == Pd`: a condition on parameters that stand before it.
    private static func requireCondition(
        _ parameter: Parameter, after others: [Parameter], _ node: Node, _ file: String
    ) throws(CampaignFileError) {
        guard let text = parameter.when else { return }
        do {
            _ = try Constraint(text, over: others, comparingUnits: true)
        } catch {
            let item = try YAMLMapping(node, file: file, place: "parameter \"\(parameter.name)\"")
            throw item.problem("when, \"\(text.prefix(120))\", names parameters before this one: \(error)", key: "when")
        }
    }

    private enum Kind: String, CaseIterable { case continuous, discrete, categorical }

    private static func parameter(_ node: Node, number: Int, file: String) throws(CampaignFileError) -> Parameter {
        let anonymous = try YAMLMapping(node, file: file, place: "parameter \(number)")
        let name = try anonymous.required("name")
        let item = try YAMLMapping(node, file: file, place: "parameter \"\(name.prefix(80))\"")
        guard name.utf8.count <= 100 else { throw item.problem("a name has at most 100 bytes") }
        guard let kind: Kind = try item.choice("type") else {
            throw item.problem("type is missing; it can be continuous, discrete or categorical")
        }
        let domain: Parameter.Domain
        switch kind {
        case .continuous: domain = try continuous(item)
        case .discrete: domain = try discrete(item)
        case .categorical: domain = try categorical(item)
        }
        let parameter = Parameter(
            name: name, domain: domain, unit: try item.string("unit"), resolution: try resolution(item, domain),
            earlier: try earlier(item, domain), when: try item.string("when"))
        try requireSettable(parameter, item)
        return parameter
    }

    /// `earlier: 25`: what earlier measurements of the campaign had, where the parameter was added to it. May lie outside the range.
    private static func earlier(
        _ item: YAMLMapping, _ domain: Parameter.Domain
    ) throws(CampaignFileError) -> ParameterValue? {
        switch domain {
        case .continuous(_, _, let scale), .discrete(_, let scale):
            guard let number = try item.number("earlier") else { return nil }
            guard scale == .linear || number > 0 else {
                throw item.problem("earlier is \(number.shortest); scale log needs values above 0", key: "earlier")
            }
            return .number(number)
        case .listed: return nil
        case .categorical(let options, let descriptors):
            guard let text = try item.string("earlier") else { return nil }
            guard descriptors == nil || options.contains(text) else {
                throw item.problem(
                    "earlier is \"\(text.prefix(80))\", which has no descriptors; give one of the options",
                    key: "earlier")
            }
            return .option(text)
        }
    }

    private static func bounds(_ item: YAMLMapping) throws(CampaignFileError) -> (low: Double, high: Double) {
        guard let low = try item.number("low") else { throw item.problem("low is missing") }
        guard let high = try item.number("high") else { throw item.problem("high is missing") }
        guard low <= high else {
            throw item.problem("low (\(low.shortest)) is above high (\(high.shortest))", key: "low")
        }
        guard (high - low).isFinite else { throw item.problem("high - low is too large for a number", key: "high") }
        return (low, high)
    }

    private static func scale(_ item: YAMLMapping, lowest: Double) throws(CampaignFileError) -> Parameter.Scale {
        let scale: Parameter.Scale = try item.choice("scale") ?? .linear
        guard scale == .linear || lowest > 0 else {
            throw item.problem("scale log needs values above 0, but the lowest is \(lowest.shortest)", key: "scale")
        }
        return scale
    }

    private static func continuous(_ item: YAMLMapping) throws(CampaignFileError) -> Parameter.Domain {
        try item.known(["name", "type", "low", "high", "scale", "unit", "digits", "step", "earlier", "when"])
        let (low, high) = try bounds(item)
        let scale = try scale(item, lowest: low)
        // A constant: one level, which every experiment has.
        return low == high ? .discrete(levels: [low], scale: scale) : .continuous(low: low, high: high, scale: scale)
    }

    /// `digits: 3`, significant ones, or `step: 0.05`, from low on.
    private static func resolution(
        _ item: YAMLMapping, _ domain: Parameter.Domain
    ) throws(CampaignFileError) -> Resolution? {
        guard case .continuous(let low, _, _) = domain else { return nil }
        let (digits, step) = (try item.integer("digits", atLeast: 1, atMost: 15), try item.number("step"))
        switch (digits, step) {
        case (nil, nil): return nil
        case (let digits?, nil): return .digits(count: digits)
        case (nil, let step?):
            guard step > 0 else { throw item.problem("step is \(step.shortest); it must be above 0", key: "step") }
            return .step(size: step, origin: low)
        default: throw item.problem("has both digits and step; give one of them", key: "digits")
        }
    }

    /// Throws where a resolution leaves hardly anything of the range.
    private static func requireSettable(_ parameter: Parameter, _ item: YAMLMapping) throws(CampaignFileError) {
        guard let resolution = parameter.resolution, case .continuous(let low, let high, _) = parameter.domain else {
            return
        }
        let (first, last) = (
            parameter.settable(low, from: low, to: high), parameter.settable(high, from: low, to: high)
        )
        switch resolution {
        case .step(let size, _):
            guard size > high - low else { return }
            throw item.problem("step (\(size.shortest)) is larger than the range from low to high", key: "step")
        case .digits(let count):
            guard first >= last || first.rounded(significant: count) != first else { return }
            throw item.problem(
                "no two numbers of \(count) digits lie from \(low.shortest) to \(high.shortest); give more digits",
                key: "digits")
        }
    }

    private static func discrete(_ item: YAMLMapping) throws(CampaignFileError) -> Parameter.Domain {
        try item.known(["name", "type", "levels", "low", "high", "step", "scale", "unit", "earlier", "when"])
        var levels: [Double] = []
        if let nodes = try item.sequence("levels") {
            if let other = ["low", "high", "step"].first(where: { item.node($0) != nil }) {
                throw item.problem("has both levels and \(other); give levels, or low, high and step", key: other)
            }
            for node in nodes { levels.append(try item.number(node, "levels")) }
            levels.sort()
        } else {
            let (low, high) = try bounds(item)
            guard let step = try item.number("step"), step > 0 else {
                throw item.problem("needs levels, or low, high and a step above 0")
            }
            let count = ((high - low) / step * (1 + 1e-12)).rounded(.down)
            guard count < Double(mostValues) else {
                throw item.problem(
                    "has more than \(mostValues) levels; make it continuous, or the step larger", key: "step")
            }
            levels = (0...Int(count)).map { low + Double($0) * step }
        }
        guard !levels.isEmpty else { throw item.problem("levels is empty; give at least one", key: "levels") }
        guard levels.count <= mostValues else {
            throw item.problem("has more than \(mostValues) levels", key: "levels")
        }
        for (one, next) in zip(levels, levels.dropFirst()) where one == next {
            throw item.problem("level \(one.shortest) stands twice", key: "levels")
        }
        return .discrete(levels: levels, scale: try scale(item, lowest: levels[0]))
    }

    private static func categorical(_ item: YAMLMapping) throws(CampaignFileError) -> Parameter.Domain {
        try item.known(["name", "type", "options", "descriptors", "unit", "earlier", "when"])
        guard let nodes = try item.sequence("options"), !nodes.isEmpty else {
            throw item.problem("options is missing or empty; give at least one: [water, THF]", key: "options")
        }
        guard nodes.count <= mostValues else {
            throw item.problem("has more than \(mostValues) options", key: "options")
        }
        var options: [String] = []
        var seen: Set<String> = []
        for node in nodes {
            guard case .scalar(let scalar) = node else {
                throw item.problem("an option is a text or a number", key: "options")
            }
            guard seen.insert(scalar.string).inserted else {
                throw item.problem("option \"\(scalar.string.prefix(80))\" stands twice", key: "options")
            }
            options.append(scalar.string)
        }
        return .categorical(options: options, descriptors: try descriptors(item, options: options))
    }

    /// `descriptors: {water: [80.1, 1.85], THF: [7.6, 1.75]}`, every option once, all of one length.
    private static func descriptors(_ item: YAMLMapping, options: [String]) throws(CampaignFileError) -> [[Double]]? {
        guard let map = try item.mapping("descriptors") else { return nil }
        try map.known(options)
        var rows: [[Double]] = []
        for option in options {
            guard let nodes = try map.sequence(option), !nodes.isEmpty else {
                throw map.problem("option \"\(option)\" has none; give every option a list of numbers")
            }
            var row: [Double] = []
            for node in nodes { row.append(try map.number(node, option)) }
            if let first = rows.first, first.count != row.count {
                throw map.problem(
                    "\"\(option)\" has \(row.count) numbers, the options before it \(first.count)", key: option)
            }
            rows.append(row)
        }
        return rows
    }
}
