import Yams

/// The `constraints:` of a campaign file: texts such as `a + b <= 1`, and mappings: `{at_most: 2, of: [a, b, c]}`.
enum CampaignFileConstraints {
    /// The space of some parameters with the constraints of the file. Throws ``CampaignFileError``.
    static func space(
        _ map: YAMLMapping, over parameters: [Parameter], candidates: Candidates? = nil
    ) throws(CampaignFileError) -> ParameterSpace {
        var constraints: [Constraint] = []
        for (index, node) in (try map.sequence("constraints") ?? []).enumerated() {
            let place = "constraint \(index + 1)"
            let text: String
            if case .scalar(let scalar) = node {
                text = scalar.string
            } else {
                text = try counting(YAMLMapping(node, file: map.file, place: place))
            }
            do {
                constraints.append(try Constraint(text, over: parameters, comparingUnits: true))
            } catch {
                throw CampaignFileError(
                    file: map.file, line: node.mark?.line, problem: "\(place), \"\(text.prefix(120))\": \(error)",
                    details: .init(code: "invalid-value", parameter: place, value: .option(String(text.prefix(120)))))
            }
        }
        return ParameterSpace(parameters, constraints: constraints, candidates: candidates)
    }

    /// How many of some parameters are above zero, as a text.
    private static func counting(_ item: YAMLMapping) throws(CampaignFileError) -> String {
        try item.known(["at_most", "at_least", "between", "of"])
        var names: [String] = []
        for node in try item.sequence("of") ?? [] {
            guard let name = node.string else { throw item.problem("of is a list of parameters", key: "of") }
            names.append("`\(name)`")
        }
        guard !names.isEmpty else { throw item.problem("of is missing: the parameters that are counted", key: "of") }
        let count = "count(\(names.joined(separator: ", ")))"
        var bounds: [String] = []
        if let most = try item.integer("at_most", atLeast: 0, atMost: names.count) {
            bounds.append("\(count) <= \(most)")
        }
        if let least = try item.integer("at_least", atLeast: 0, atMost: names.count) {
            bounds.append("\(count) >= \(least)")
        }
        if let ends = try item.sequence("between") {
            let numbers = ends.compactMap(\.int)
            guard numbers.count == 2, ends.count == 2, numbers[0] <= numbers[1] else {
                throw item.problem("between is [fewest, most], two whole numbers", key: "between")
            }
            bounds.append("\(count) >= \(numbers[0]) and \(count) <= \(numbers[1])")
        }
        guard !bounds.isEmpty else { throw item.problem("says nothing; it needs at_most, at_least or between") }
        return bounds.joined(separator: " and ")
    }
}
