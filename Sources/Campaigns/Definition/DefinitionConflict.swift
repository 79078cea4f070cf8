/// Why a definition cannot continue a campaign: earlier measurements would mean something else.
public enum DefinitionConflict: Error, Hashable, Sendable {
    /// The campaign has another name.
    case otherName(CampaignName)
    /// A parameter is gone.
    case parameterRemoved(String)
    /// A parameter is new, and nothing says what it was in earlier measurements.
    case parameterWithoutEarlierValue(String)
    /// The value of a parameter in earlier measurements changes.
    case earlierValueChanged(parameter: String, from: ParameterValue, to: ParameterValue)
    /// Numbers become options, or options numbers.
    case otherType(parameter: String)
    /// A parameter's unit and values change at once.
    case unitAndValues(parameter: String, from: String, to: String)
    /// A scale becomes logarithmic, and something was measured at a value that has no logarithm.
    case noLogarithm(parameter: String, value: Double)
    /// The options' descriptors become others in number, and measurements were made at an option that is no longer there.
    case otherDescriptors(parameter: String, retired: String)
    /// An objective is gone.
    case objectiveRemoved(String)
    /// An objective is new; earlier measurements have no value of it.
    case objectiveAdded(String)
    /// An objective's goal is turned round.
    case otherGoal(objective: String, from: Objective.Goal, to: Objective.Goal)
    /// A measurement that was imported before the campaign was opened does not fit it.
    case importRefused(Refusal)
}

extension DefinitionConflict: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherName(let name): "it is the campaign \(name)"
        case .parameterRemoved(let name):
            "parameter \(name) is gone, but measurements were made at values of it; keep it, narrowed to what is used now"
        case .parameterWithoutEarlierValue(let name):
            "parameter \(name) is new; say with `earlier:` which value of it the measurements until now had"
        case .earlierValueChanged(let name, let from, let to):
            "earlier measurements had \(name) = \(from), and the file now says \(to); put \(from) back"
        case .otherType(let name):
            "parameter \(name) cannot change between numbers and options; give the new one another name"
        case .unitAndValues(let name, let from, let to):
            "parameter \(name) changes its unit (\(from) to \(to)) and its values at once; earlier numbers would be read in another unit. Correct the unit alone (all numbers stay as they are), or the values alone"
        case .noLogarithm(let name, let value):
            "parameter \(name) cannot have scale log: a measurement was made at \(value.shortest)"
        case .otherDescriptors(let name, let retired):
            "the options of \(name) get another number of descriptors, and measurements were made at \(retired), which would have none; keep that option"
        case .objectiveRemoved(let name): "objective \(name) is gone, but it is what was measured; keep it"
        case .objectiveAdded(let name):
            "objective \(name) is new, and earlier measurements have no value of it; start a new campaign and import them"
        case .otherGoal(let name, let from, let to):
            "the goal of \(name) changes from \(from.rawValue) to \(to.rawValue): the best would become the worst; start a new campaign and import the measurements"
        case .importRefused(let refusal): "a measurement was imported that does not fit: \(refusal)"
        }
    }
}

extension DefinitionConflict: CodedError {
    public var code: String {
        switch self {
        case .otherName: "other-campaign"
        case .parameterRemoved: "parameter-removed"
        case .parameterWithoutEarlierValue: "parameter-without-earlier-value"
        case .earlierValueChanged: "earlier-value-changed"
        case .otherType: "other-type"
        case .unitAndValues: "unit-and-values"
        case .noLogarithm: "no-logarithm"
        case .otherDescriptors: "other-descriptors"
        case .objectiveRemoved: "objective-removed"
        case .objectiveAdded: "objective-added"
        case .otherGoal: "other-goal"
        case .importRefused: "import-refused"
        }
    }
}

extension DefinitionConflict {
    /// The conflicts of a definition with the one before it, whatever was measured.
    public static func between(_ old: Campaign, _ new: Campaign) -> [DefinitionConflict] {
        guard old.name == new.name else { return [.otherName(old.name)] }
        let (before, after) = (old.space.parameters, new.space.parameters)
        var conflicts: [DefinitionConflict] = []
        for parameter in before where !after.contains(where: { $0.name == parameter.name }) {
            conflicts.append(.parameterRemoved(parameter.name))
        }
        for parameter in after {
            if let former = before.first(where: { $0.name == parameter.name }) {
                if let conflict = between(former, parameter) { conflicts.append(conflict) }
            } else if parameter.earlier == nil {
                conflicts.append(.parameterWithoutEarlierValue(parameter.name))
            }
        }
        return conflicts + between(old.objectives, new.objectives)
    }

    private static func between(_ old: Parameter, _ new: Parameter) -> DefinitionConflict? {
        guard (old.domain.scale == nil) == (new.domain.scale == nil) else { return .otherType(parameter: new.name) }
        if let from = old.unit, let to = new.unit, from != to, new.domain.scale != nil,
            !old.domain.hasValues(of: new.domain)
        {
            return .unitAndValues(parameter: new.name, from: from, to: to)
        }
        return nil
    }

    private static func between(_ old: [Objective], _ new: [Objective]) -> [DefinitionConflict] {
        var conflicts: [DefinitionConflict] = []
        for objective in old {
            guard let now = new.first(where: { $0.name == objective.name }) else {
                conflicts.append(.objectiveRemoved(objective.name))
                continue
            }
            if now.goal != objective.goal {
                conflicts.append(.otherGoal(objective: objective.name, from: objective.goal, to: now.goal))
            }
        }
        for objective in new where !old.contains(where: { $0.name == objective.name }) {
            conflicts.append(.objectiveAdded(objective.name))
        }
        return conflicts
    }
}

extension Parameter.Domain {
    /// Whether both have the same numbers, however they are spaced.
    fileprivate func hasValues(of other: Self) -> Bool {
        switch (self, other) {
        case (.continuous(let low, let high, _), .continuous(let otherLow, let otherHigh, _)):
            low == otherLow && high == otherHigh
        case (.discrete(let levels, _), .discrete(let others, _)): levels == others
        default: false
        }
    }
}
