/// A condition that every experiment of a campaign must satisfy.
///
/// What is proposed satisfies it strictly, as a program would find on the very numbers, equality within ``Expression/tolerance``; what comes in
/// may miss it by that much.
public struct Constraint: Hashable, Sendable, CustomStringConvertible {
    /// As the campaign file has it: `2*T - P <= 40`.
    public let text: String
    /// What it says.
    public let expression: Expression
    /// The parameters that it names, each by its place.
    let parameters: Set<Int>

    /// The constraint that a text states over `parameters`; their units are compared where a person wrote it just now. Throws ``ExpressionError``.
    public init(
        _ text: String, over parameters: [Parameter], comparingUnits: Bool = false
    ) throws(ExpressionError) {
        self.text = text
        expression = try ExpressionParser.constraint(text, over: parameters, comparingUnits: comparingUnits)
        self.parameters = expression.parameters
    }

    public var description: String { text }

    /// Whether it holds at some values, one for each parameter.
    public func holds(at values: [ParameterValue], isTolerant: Bool = false) -> Bool {
        expression.holds(at: values, isTolerant: isTolerant)
    }

    /// How much is missing for it to hold; 0 where it does.
    public func shortfall(at values: [ParameterValue]) -> Double { expression.shortfall(at: values) }

    /// The coefficients and the right side where it is a linear equation of numeric parameters; nil otherwise.
    public func linearEquation(parameters: Int) -> LinearForm? {
        guard case .comparison(.equal, _, _) = expression else { return nil }
        return linearForms(parameters: parameters).zero.first { $0.coefficients.contains { $0 != 0 } }
    }
}

extension Constraint {
    /// The linear forms of so many parameters that must be 0, and those that must be at most 0, for it to hold, as far as it is made of such.
    public func linearForms(parameters: Int) -> (zero: [LinearForm], atMostZero: [LinearForm]) {
        expression.linearForms(parameters)
    }
}

extension Expression {
    fileprivate func linearForms(_ parameters: Int) -> (zero: [LinearForm], atMostZero: [LinearForm]) {
        switch self {
        case .and(let one, let other):
            let (left, right) = (one.linearForms(parameters), other.linearForms(parameters))
            return (left.zero + right.zero, left.atMostZero + right.atMostZero)
        case .not(let inner):
            if case .not = inner.negation { return ([], []) } else { return inner.negation.linearForms(parameters) }
        case .comparison(let comparison, let one, let other):
            guard let left = one.linear(parameters), let right = other.linear(parameters) else { return ([], []) }
            switch comparison {
            case .equal: return ([left.adding(right, times: -1)], [])
            case .atMost, .less: return ([], [left.adding(right, times: -1)])
            case .atLeast, .more: return ([], [right.adding(left, times: -1)])
            case .unequal: return ([], [])
            }
        case .or, .number, .option, .parameter, .arithmetic, .call: return ([], [])
        }
    }
}

/// A sum of parameters, each times a number, and a constant.
public struct LinearForm: Hashable, Sendable {
    /// One for each parameter of the space.
    public var coefficients: [Double]
    /// What is added to them.
    public var constant: Double

    func adding(_ other: LinearForm, times factor: Double) -> LinearForm {
        LinearForm(
            coefficients: zip(coefficients, other.coefficients).map { $0 + factor * $1 },
            constant: constant + factor * other.constant)
    }
}

extension Expression {
    /// It as a linear form of so many parameters; nil where it is none.
    func linear(_ parameters: Int) -> LinearForm? {
        let zero = LinearForm(coefficients: Array(repeating: 0, count: parameters), constant: 0)
        switch self {
        case .number(let number): return LinearForm(coefficients: zero.coefficients, constant: number)
        case .parameter(let index):
            var form = zero
            form.coefficients[index] = 1
            return form
        case .arithmetic(let operation, let one, let other):
            guard let left = one.linear(parameters), let right = other.linear(parameters) else { return nil }
            let factors = (left.coefficients.allSatisfy { $0 == 0 }, right.coefficients.allSatisfy { $0 == 0 })
            switch operation {
            case .plus: return left.adding(right, times: 1)
            case .minus: return left.adding(right, times: -1)
            case .times where factors.0: return zero.adding(right, times: left.constant)
            case .times where factors.1: return zero.adding(left, times: right.constant)
            case .over where factors.1 && right.constant != 0: return zero.adding(left, times: 1 / right.constant)
            case .power where factors.0 && factors.1:
                return LinearForm(
                    coefficients: zero.coefficients, constant: operation.apply(left.constant, right.constant))
            default: return nil
            }
        case .call(let function, let arguments):
            let forms = arguments.compactMap { $0.linear(parameters) }
            guard forms.count == arguments.count, forms.allSatisfy({ $0.coefficients == zero.coefficients }) else {
                return nil
            }
            return LinearForm(coefficients: zero.coefficients, constant: function.apply(forms.map(\.constant)))
        case .option, .comparison, .and, .or, .not: return nil
        }
    }
}
