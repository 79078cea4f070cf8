import Yams

/// A mapping of a YAML file that is read key by key; every complaint names the file, the line and the key.
///
/// Keys that are not known are errors: ``known(_:)`` throws for the first of them, with those that are.
struct YAMLMapping {
    let file: String
    /// Where the mapping stands, in the user's words: `parameter "x0"`, `planner`; empty for the file itself.
    let place: String
    let line: Int?
    private let pairs: [(key: String, keyLine: Int?, node: Node)]

    init(_ node: Node, file: String, place: String) throws(CampaignFileError) {
        guard case .mapping(let mapping) = node else {
            throw CampaignFileError(
                file: file, line: node.mark?.line,
                problem: "\(place.isEmpty ? "the file" : place) must be a mapping of keys to values")
        }
        self.file = file
        self.place = place
        line = node.mark?.line
        pairs = mapping.map { (key: $0.key.string ?? "?", keyLine: $0.key.mark?.line, node: $0.value) }
    }

    /// A problem with the value of `key`, or with the mapping as a whole; `allowed` is what would be taken.
    func problem(
        _ text: String, key: String? = nil, code: String = "invalid-value", allowed: Refusal.Allowed? = nil
    ) -> CampaignFileError {
        let pair = key.flatMap { key in pairs.first { $0.key == key } }
        let path = [place, key ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return CampaignFileError(
            file: file, line: pair.map { $0.keyLine ?? $0.node.mark?.line } ?? line,
            problem: (place.isEmpty ? "" : place + ": ") + text,
            details: Refusal.Details(
                code: code, parameter: path.isEmpty ? nil : path,
                value: pair.flatMap { value(of: $0.node) }, allowed: allowed))
    }

    func node(_ key: String) -> Node? {
        guard let node = pairs.first(where: { $0.key == key })?.node else { return nil }
        // `key:` with nothing behind it says nothing.
        if case .scalar(let scalar) = node, scalar.string.isEmpty, scalar.style == .plain { return nil }
        return node
    }

    func known(_ keys: [String]) throws(CampaignFileError) {
        guard let stranger = pairs.first(where: { !keys.contains($0.key) }) else { return }
        throw problem(
            "unknown key \"\(stranger.key.prefix(80))\"; the keys here are \(keys.joined(separator: ", "))",
            key: stranger.key, code: "unknown-key", allowed: .anyOf(keys.map(ParameterValue.option)))
    }

    func mapping(_ key: String) throws(CampaignFileError) -> YAMLMapping? {
        guard let node = node(key) else { return nil }
        return try YAMLMapping(node, file: file, place: place.isEmpty ? key : "\(place) \(key)")
    }

    func sequence(_ key: String) throws(CampaignFileError) -> [Node]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let sequence) = node else { throw problem("\(key) must be a list", key: key) }
        return Array(sequence)
    }

    /// The parameters that a list names, each once; nil where there is no such list.
    func parameters(_ key: String, of space: ParameterSpace) throws(CampaignFileError) -> [Parameter]? {
        guard let nodes = try sequence(key) else { return nil }
        var parameters: [Parameter] = []
        for name in nodes.map({ $0.string ?? "" }) {
            guard let parameter = space.parameters.first(where: { $0.name == name }) else {
                throw problem(
                    "\(key): \(Refusal.unknownParameter(name, known: space.parameters.map(\.name)))", key: key,
                    code: "unknown-parameter")
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw problem("\(key): \(name) stands twice", key: key)
            }
            parameters.append(parameter)
        }
        return parameters
    }

    func string(_ key: String) throws(CampaignFileError) -> String? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node else { throw problem("\(key) must be one text", key: key) }
        return scalar.string
    }

    func required(_ key: String) throws(CampaignFileError) -> String {
        guard let text = try string(key) else { throw problem("\(key) is missing", key: key, code: "missing-key") }
        return text
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws(CampaignFileError) -> Choice?
    where Choice.RawValue == String {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map(\.rawValue)
            throw problem(
                "\(key) is \"\(text.prefix(80))\"; it can be \(allowed.joined(separator: ", "))", key: key,
                code: "not-an-option", allowed: .anyOf(allowed.map(ParameterValue.option)))
        }
        return choice
    }

    func number(_ key: String) throws(CampaignFileError) -> Double? {
        guard let node = node(key) else { return nil }
        return try number(node, key)
    }

    func number(_ node: Node, _ key: String) throws(CampaignFileError) -> Double {
        guard case .scalar(let scalar) = node, let number = Double(scalar.string) else {
            throw problem("\(key) is \(shown(node)), not a number", key: key, code: "not-a-number")
        }
        guard number.isFinite else { throw problem("\(key) is \(scalar.string); it must be a finite number", key: key) }
        return number
    }

    func integer(_ key: String, atLeast least: Int, atMost most: Int = 1_000_000_000) throws(CampaignFileError) -> Int?
    {
        guard let number = try number(key) else { return nil }
        guard let integer = Int(exactly: number), integer >= least, integer <= most else {
            throw problem(
                "\(key) is \(number.shortest); it must be a whole number from \(least) to \(most)", key: key,
                code: "out-of-range", allowed: .range(low: Double(least), high: Double(most)))
        }
        return integer
    }

    func bool(_ key: String) throws(CampaignFileError) -> Bool? {
        guard let text = try string(key) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw problem("\(key) is \"\(text.prefix(80))\"; it can be true or false", key: key)
        }
    }

    /// Seconds: a number, or a number with s, min, h or d.
    func duration(_ key: String) throws(CampaignFileError) -> Double? {
        guard let text = try string(key) else { return nil }
        guard let seconds = parseDuration(text) else {
            throw problem(
                "\(key) is \"\(text.prefix(80))\"; write seconds, or a number with s, min, h or d: 2h", key: key)
        }
        return seconds
    }

    private func value(of node: Node) -> ParameterValue? {
        guard case .scalar(let scalar) = node else { return nil }
        guard let number = Double(scalar.string), number.isFinite else {
            return .option(String(scalar.string.prefix(80)))
        }
        return .number(number)
    }

    private func shown(_ node: Node) -> String {
        if case .scalar(let scalar) = node { return "\"\(scalar.string.prefix(80))\"" }
        return "a list or mapping"
    }
}

/// Seconds as ``parseDuration(_:)`` reads them, in the largest unit that needs no fraction.
public func durationText(_ seconds: Double) -> String {
    let units: [(String, Double)] = [("d", 86_400), ("h", 3600), ("min", 60)]
    let unit = units.first { seconds >= $0.1 && (seconds / $0.1).rounded() == seconds / $0.1 } ?? ("s", 1)
    return "\((seconds / unit.1).shortest) \(unit.0)"
}

/// Seconds from a text: a number, or a number with s, min, h or d. Nil if it is none, or not above zero.
public func parseDuration(_ text: String) -> Double? {
    let units: [(String, Double)] = [("min", 60), ("s", 1), ("h", 3600), ("d", 86_400)]
    let (digits, factor) =
        units.first { text.hasSuffix($0.0) }.map { (String(text.dropLast($0.0.count)), $0.1) } ?? (text, 1)
    guard let number = Double(digits.trimmingCharacters(in: [" "])), number.isFinite, number > 0 else {
        return nil
    }
    return number * factor
}
