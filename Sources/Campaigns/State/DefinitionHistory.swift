/// The definitions that a campaign had, run after run.
///
/// Points keep the form in which they were measured; what a later definition says of them is asked here.
public struct DefinitionHistory: Hashable, Sendable {
    /// The definition of the last planner that continued the campaign.
    public private(set) var current: Campaign
    /// What changed, in order.
    public private(set) var changes: [Dated] = []
    /// The budget that the campaign's file said when it was opened last.
    public private(set) var fileBudget: Budget
    /// The budgets that people gave by orders, in order.
    public private(set) var orderedBudgets: [Budget] = []
    /// Whether the last of them holds: the file has not said another one since.
    public private(set) var isBudgetOrdered = false
    /// The spaces before the current one, the oldest first.
    private(set) var earlierSpaces: [ParameterSpace] = []
    /// The values that parameters which were added later had before.
    private var earlierValues = Point()

    /// A change, when and by whom.
    public struct Dated: Hashable, Codable, Sendable {
        /// When a planner first followed it, in seconds since 1970.
        public let time: Double
        /// Who started that planner.
        public let by: String
        /// What changed.
        public let change: DefinitionChange
    }

    /// The history that begins with `definition`.
    init(_ definition: Campaign) { (current, fileBudget) = (definition, definition.budget) }

    /// Every space that the campaign had, the oldest first.
    var spaces: [ParameterSpace] { earlierSpaces + [current.space] }

    /// Continues with the next definition, which `by` brought at `time`.
    mutating func continueWith(_ definition: Campaign, at time: Double, by: String) {
        let changed = DefinitionChange.between(current, definition)
        for change in changed where change.kind == .added {
            earlierValues[change.name] = definition.space.parameters.first { $0.name == change.name }?.earlier
        }
        changes += changed.map { Dated(time: time, by: by, change: $0) }
        if definition.space != current.space { earlierSpaces.append(current.space) }
        isBudgetOrdered = isBudgetOrdered && definition.budget == fileBudget
        let budget = isBudgetOrdered ? current.budget : definition.budget
        (current, fileBudget) = (definition, definition.budget)
        current.budget = budget
    }

    /// The budget that people gave by the order of this number, from 1.
    public func budget(ordered number: Int) -> Budget? {
        orderedBudgets.indices.contains(number - 1) ? orderedBudgets[number - 1] : nil
    }

    /// Continues with another budget.
    mutating func follow(_ budget: Budget) {
        orderedBudgets.append(budget)
        isBudgetOrdered = true
        current.budget = budget
    }

    /// The definition that a planner follows which brings `file`: a budget that a person gave holds until the file says another one than before.
    public func followed(bringing file: Campaign) -> Campaign {
        var campaign = file
        if isBudgetOrdered, file.budget == fileBudget { campaign.budget = current.budget }
        return campaign
    }

    /// A point of any run, with the values that it had of parameters which were added later.
    public func completed(_ point: Point) -> Point {
        guard !earlierValues.isEmpty else { return point }
        return current.space.withoutAbsent(point.merging(earlierValues) { own, _ in own })
    }

    /// An observation of any run, with the values that it had of parameters which were added later.
    public func completed(_ observation: Observation) -> Observation {
        guard !earlierValues.isEmpty else { return observation }
        var completed = Observation(
            job: observation.job, parameters: completed(observation.parameters), values: observation.values,
            asked: observation.asked.map(completed), cost: observation.cost, limits: observation.limits,
            errors: observation.errors)
        completed.isTrusted = observation.isTrusted
        return completed
    }

    /// Whether what was asked for lies in the current space. What lies outside it teaches the model, and is never the best.
    public func isInSpace(_ observation: Observation) -> Bool {
        current.space.refusal(of: completed(observation.setting)) == nil
    }

    /// The options at which something may have been measured, and which are not proposed: retired ones, and what earlier measurements had.
    public var retiredOptions: [String: [RetiredOption]] {
        guard !earlierSpaces.isEmpty else { return [:] }
        var retired: [String: [RetiredOption]] = [:]
        for parameter in current.space.parameters {
            guard case .categorical(let options, _) = parameter.domain else { continue }
            var found: [RetiredOption] = []
            func add(_ option: String, _ descriptors: [Double]?) {
                guard !options.contains(option), !found.contains(where: { $0.option == option }) else { return }
                found.append(RetiredOption(option: option, descriptors: descriptors))
            }
            for domain in earlierSpaces.flatMap(\.parameters).filter({ $0.name == parameter.name }).map(\.domain) {
                guard case .categorical(let former, _) = domain else { continue }
                for option in former { add(option, domain.descriptorsByOption[option]) }
            }
            if case .option(let text)? = earlierValues[parameter.name] { add(text, nil) }
            if !found.isEmpty { retired[parameter.name] = found }
        }
        return retired
    }

    /// Why `campaign` cannot continue this history, given what was measured; none if it can.
    func conflicts(continuingWith campaign: Campaign, _ observations: [Observation]) -> [DefinitionConflict] {
        DefinitionConflict.between(current, campaign)
            + campaign.space.parameters.compactMap { parameter in
                if let had = earlierValues[parameter.name], let says = parameter.earlier, says != had {
                    return .earlierValueChanged(parameter: parameter.name, from: had, to: says)
                }
                let values = observations.lazy.compactMap { completed($0.parameters)[parameter.name] }
                if parameter.isLogarithmic, let value = values.compactMap(\.number).first(where: { $0 <= 0 }) {
                    return .noLogarithm(parameter: parameter.name, value: value)
                }
                return otherDescriptors(parameter, measured: Set(values))
            }
    }

    /// A model compares options by their descriptors: one that is retired has those of its time.
    private func otherDescriptors(_ parameter: Parameter, measured: Set<ParameterValue>) -> DefinitionConflict? {
        guard case .categorical(let options, let descriptors?) = parameter.domain else { return nil }
        let count = descriptors.first?.count
        let former = spaces.flatMap(\.parameters).filter { $0.name == parameter.name }
        for case .option(let option) in measured where !options.contains(option) {
            let row = former.reversed().lazy.compactMap { $0.domain.descriptorsByOption[option] }.first
            if row?.count != count { return .otherDescriptors(parameter: parameter.name, retired: option) }
        }
        return nil
    }
}

/// An option at which something was measured, and which is not proposed any more.
public struct RetiredOption: Hashable, Sendable {
    /// The option.
    public let option: String
    /// What said how it is like others, where options have descriptors.
    public let descriptors: [Double]?

    /// A retired option.
    public init(option: String, descriptors: [Double]?) {
        self.option = option
        self.descriptors = descriptors
    }
}
