/// One optimization, as its file defines it: a parameter space, objectives, a budget and a planner's settings.
public struct Campaign: Hashable, Codable, Sendable {
    /// The short name.
    public var name: CampaignName
    /// What can be varied.
    public var space: ParameterSpace
    /// The parameters in the order in which a person sets them, as far as that is not the order of the file; nil where it is.
    public var order: [String]?
    /// What is measured, at least one.
    public var objectives: [Objective]
    /// How experiments are recommended.
    public var planner: PlannerSettings
    /// When the campaign ends.
    public var budget: Budget
    /// When it has found enough; nil leaves that to the budget.
    public var stopping: StoppingRules?
    /// What an experiment costs; nil where all cost the same.
    public var cost: Cost?
    /// What holds for its workers.
    public var workers: WorkerSettings
    /// What its hardware measures at once; nil where a job is one experiment.
    public var batches: BatchSettings?
    /// What `burette run` measures with, where it is one instrument.
    public var instrument: InstrumentSettings?
    /// What `burette run` measures with, where there are several.
    public var instruments: [InstrumentSettings]?
    /// The spreadsheet, workbook or folder that is its board; nil where there is none.
    public var sheet: SheetSettings?

    /// A campaign of the given parts.
    public init(
        name: CampaignName, space: ParameterSpace, objectives: [Objective], planner: PlannerSettings = .init(),
        budget: Budget = .init(), stopping: StoppingRules? = nil,
        cost: Cost? = nil, workers: WorkerSettings = .init(), batches: BatchSettings? = nil,
        instrument: InstrumentSettings? = nil,
        instruments: [InstrumentSettings]? = nil
    ) {
        self.name = name
        self.space = space
        self.objectives = objectives
        self.planner = planner
        self.budget = budget
        self.stopping = stopping
        self.cost = cost
        self.workers = workers
        self.batches = batches
        self.instrument = instrument
        self.instruments = instruments
    }

    /// The parameters in the order in which a person sets them; those that ``order`` does not name come last.
    public var parametersInWorkingOrder: [Parameter] {
        guard let order else { return space.parameters }
        let named = order.compactMap { name in space.parameters.first { $0.name == name } }
        return named + space.parameters.filter { !order.contains($0.name) }
    }

    /// Everything that `burette run` measures with.
    public var allInstruments: [InstrumentSettings] { instruments ?? instrument.map { [$0] } ?? [] }

    /// The units of parameters and objectives, by name; nil where nothing has one.
    public var units: [String: String]? {
        let all = space.parameters.map { ($0.name, $0.unit) } + objectives.map { ($0.name, $0.unit) }
        let known = all.compactMap { name, unit in unit.map { (name, $0) } }
        return known.isEmpty ? nil : Dictionary(known) { $1 }
    }
}

/// A measured quantity and the direction in which it is better.
public struct Objective: Hashable, Codable, Sendable {
    /// Its name, unique in the campaign.
    public let name: String
    /// Which way is better.
    public let goal: Goal
    /// The unit that it is measured in, as text.
    public let unit: String?
    /// The standard deviation of one measurement's noise, where it is known; nil leaves it to be estimated.
    public let noise: Double?

    /// Which way is better.
    public enum Goal: String, Hashable, Codable, Sendable, CaseIterable { case minimize, maximize }

    /// An objective named `name`.
    public init(name: String, goal: Goal, unit: String? = nil, noise: Double? = nil) {
        self.name = name
        self.goal = goal
        self.unit = unit
        self.noise = noise
    }

    /// Whether `value` is better than `other`.
    public func prefers(_ value: Double, to other: Double) -> Bool {
        goal == .minimize ? value < other : value > other
    }
}

extension Campaign {
    /// What its experiments cost; nil where all cost the same. (A file whose expression cannot be read is refused.)
    public var costFunction: CostFunction? { cost.flatMap { try? CostFunction($0, over: space) } }

    /// Measured values as people read them, the objectives in the order of the file: `yield = 0.41 %, cost = 3`.
    public func describe(_ values: [String: Double]) -> String { Self.describe(values, objectives) }

    /// The same where nothing is known of the campaign but some `objectives`.
    public static func describe(_ values: [String: Double], _ objectives: [Objective]) -> String {
        let others = values.keys.filter { name in !objectives.contains { $0.name == name } }.sorted()
        return (objectives + others.map { Objective(name: $0, goal: .minimize) }).compactMap { objective in
            values[objective.name].map { value in
                "\(objective.name) = \(value.rounded(significant: 6).shortest)"
                    + (objective.unit.map { " \($0)" } ?? "")
            }
        }.joined(separator: ", ")
    }
}
