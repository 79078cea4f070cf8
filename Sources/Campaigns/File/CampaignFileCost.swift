import Yams

/// The `cost:` of a campaign file: `5 + 0.1*T`, `reported`, or `{of: 5 + 0.1*T, changes: {column: 40}, unit: min}`.
enum CampaignFileCost {
    static func cost(_ map: YAMLMapping, over space: ParameterSpace) throws(CampaignFileError) -> Cost? {
        guard let node = map.node("cost") else { return nil }
        var cost = Cost()
        if case .scalar(let scalar) = node {
            cost.text = scalar.string == "reported" ? nil : scalar.string
            try check(cost, over: space, map)
            return cost
        }
        let item = try YAMLMapping(node, file: map.file, place: "cost")
        try item.known(["of", "changes", "unit"])
        let text = try item.required("of")
        cost.text = text == "reported" ? nil : text
        cost.unit = try item.string("unit")
        if let changes = try item.mapping("changes") {
            try changes.known(space.parameters.map(\.name))
            for parameter in space.parameters {
                guard let amount = try changes.number(parameter.name) else { continue }
                guard amount >= 0 else { throw changes.problem("a cost is not below 0", key: parameter.name) }
                cost.changes[parameter.name] = amount
            }
        }
        try check(cost, over: space, map)
        return cost
    }

    /// Throws where it cannot be read, or is not above zero at some places all over the space.
    private static func check(_ cost: Cost, over space: ParameterSpace, _ map: YAMLMapping) throws(CampaignFileError) {
        let function: CostFunction
        do {
            function = try CostFunction(cost, over: space)
        } catch {
            throw map.problem("cost, \"\(cost.text?.prefix(120) ?? "")\": \(error)", key: "cost")
        }
        for number in 0..<64 {
            let point = space.place(number)
            guard let amount = function.ofExperiment(at: point), amount <= Cost.least else { continue }
            throw map.problem("cost is not above 0 at \(space.describe(point))", key: "cost")
        }
    }
}

extension ParameterSpace {
    /// One of many places all over it, constraints or not: the corners first.
    fileprivate func place(_ number: Int) -> Point {
        var point = Point()
        for (index, parameter) in parameters.enumerated() {
            let golden = Double(number) * 0.618_033_988_749_895 * Double(2 * index + 1)
            let unit = number == 0 ? 0 : number == 1 ? 1 : golden - golden.rounded(.down)
            switch parameter.domain {
            case .continuous(let low, let high, _): point[parameter.name] = .number(low + (high - low) * unit)
            case .listed: point[parameter.name] = parameter.standIn
            case .discrete, .categorical:
                let count = parameter.cardinality ?? 1
                point[parameter.name] = parameter.value(at: min(count - 1, Int(unit * Double(count))))
            }
        }
        return point
    }
}
