/// Parameters that are there under a condition only. A point has no value of one that is absent; the values of a point have its stand-in.
extension ParameterSpace {
    /// Whether any parameter may be absent.
    public var hasConditions: Bool { conditions.contains { $0 != nil } }

    /// Which parameters are there at some values, one for each; those before a parameter decide on it.
    public func presence(at values: [ParameterValue]) -> [Bool] {
        guard hasConditions else { return [Bool](repeating: true, count: parameters.count) }
        var present: [Bool] = []
        for condition in conditions {
            present.append(condition?.isMet(at: values, present: present) ?? true)
        }
        return present
    }

    /// Which parameters are there at a point, as far as it tells.
    func presence(in point: Point) -> [Bool] {
        guard hasConditions else { return [Bool](repeating: true, count: parameters.count) }
        return presence(at: parameters.map { point[$0.name] ?? $0.standIn })
    }

    /// The values of a point, one for each parameter, the stand-in of one that is absent; nil where one is missing.
    public func values(of point: Point) -> [ParameterValue]? {
        var values: [ParameterValue] = []
        for (parameter, isPresent) in zip(parameters, presence(in: point)) {
            guard let value = isPresent ? point[parameter.name] : parameter.standIn else { return nil }
            values.append(value)
        }
        return values
    }

    /// The point of some values, one for each parameter, without those that are absent.
    public func point(of values: [ParameterValue]) -> Point {
        var point = Point()
        for ((parameter, value), isPresent) in zip(zip(parameters, values), presence(at: values)) where isPresent {
            point[parameter.name] = value
        }
        return point
    }

    /// A point without values of parameters that are absent there.
    public func withoutAbsent(_ point: Point) -> Point {
        guard hasConditions else { return point }
        let absent = zip(parameters, presence(in: point)).filter { !$1 }.map(\.0.name)
        return point.filter { !absent.contains($0.key) }
    }

    /// Some values, with the stand-in of each parameter that is absent.
    public func settled(_ values: [ParameterValue]) -> [ParameterValue] {
        guard hasConditions else { return values }
        // A condition is met by parameters that are there: what stands in for others does not matter.
        return zip(zip(parameters, values), presence(at: values)).map { $1 ? $0.1 : $0.0.standIn }
    }

    /// The first constraint that does not hold at some values, one for each parameter. One that names an absent parameter holds.
    public func violated(by values: [ParameterValue], isTolerant: Bool = false) -> Constraint? {
        guard hasConditions else { return constraints.first { !$0.holds(at: values, isTolerant: isTolerant) } }
        let present = presence(at: values)
        return constraints.first { constraint in
            constraint.names(present) && !constraint.holds(at: values, isTolerant: isTolerant)
        }
    }
}

extension Constraint {
    /// Whether all parameters that it names are present.
    public func names(_ present: [Bool]) -> Bool { parameters.allSatisfy { present[$0] } }

    /// Whether it holds as the condition of a parameter, which those before it decide on.
    fileprivate func isMet(at values: [ParameterValue], present: [Bool]) -> Bool {
        parameters.allSatisfy { present.indices.contains($0) && present[$0] } && holds(at: values)
    }
}

extension Expression {
    /// The parameters that it names, each by its place.
    var parameters: Set<Int> {
        switch self {
        case .number, .option: []
        case .parameter(let index): [index]
        case .arithmetic(_, let one, let other), .comparison(_, let one, let other), .and(let one, let other),
            .or(let one, let other):
            one.parameters.union(other.parameters)
        case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion($1.parameters) }
        case .not(let inner): inner.parameters
        }
    }
}
