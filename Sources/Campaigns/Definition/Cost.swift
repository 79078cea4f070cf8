/// What an experiment costs: time, money or material, in one unit.
public struct Cost: Hashable, Codable, Sendable {
    /// An expression over the parameters, as the campaign file has it; nil where instruments report it with their results.
    public var text: String?
    /// What it costs to change a parameter from one experiment to the next: for each unit of a numeric one, for any change of a categorical one.
    public var changes: [String: Double]
    /// The unit, as text.
    public var unit: String?

    /// A cost of the given parts.
    public init(text: String? = nil, changes: [String: Double] = [:], unit: String? = nil) {
        self.text = text
        self.changes = changes
        self.unit = unit
    }

    /// Where an expression comes to less than this, it counts as this.
    public static let least = 1e-9

    /// An amount with its unit, for people.
    public func describe(_ amount: Double) -> String {
        amount.rounded(significant: 6).shortest + (unit.map { " \($0)" } ?? "")
    }
}

/// A ``Cost`` over the parameters of a space.
public struct CostFunction: Hashable, Sendable {
    private let space: ParameterSpace
    private let expression: Expression?
    private let changes: [Change]

    private struct Change: Hashable {
        let parameter: String
        let amount: Double
    }

    /// The function of a cost. Throws ``ExpressionError``.
    public init(_ cost: Cost, over space: ParameterSpace) throws(ExpressionError) {
        self.space = space
        expression =
            if let text = cost.text { try ExpressionParser.quantity(text, over: space.parameters) } else { nil }
        changes = cost.changes.sorted { $0.key < $1.key }.map { Change(parameter: $0.key, amount: $0.value) }
    }

    /// What an experiment at a point costs by itself; nil where only its result tells.
    public func ofExperiment(at point: Point) -> Double? {
        guard let expression, let values = space.values(of: point) else { return nil }
        let cost = expression.number(at: values)
        return cost.isFinite ? max(cost, Cost.least) : Cost.least
    }

    /// What it costs to go from one experiment's point to another one's.
    public func ofChange(from one: Point, to other: Point) -> Double {
        changes.reduce(0) { sum, change in
            guard let before = one[change.parameter], let after = other[change.parameter], before != after else {
                return sum
            }
            guard let from = before.number, let to = after.number else { return sum + change.amount }
            return sum + change.amount * abs(to - from)
        }
    }
}
