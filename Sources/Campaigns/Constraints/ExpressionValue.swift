import Foundation

extension Expression {
    /// How far two numbers may be apart that count as equal, as a part of the larger one or of 1: what decimal fractions lose in binary
    /// (0.7 + 0.2 + 0.1 is 1).
    public static let tolerance = 1e-9

    /// The number that it is at some values, one for each parameter of the space; not a number where a value is missing.
    func number(at values: [ParameterValue]) -> Double {
        switch self {
        case .number(let number): return number
        case .parameter(let index): return values[index].number ?? .nan
        case .arithmetic(let operation, let one, let other):
            return operation.apply(one.number(at: values), other.number(at: values))
        case .call(let function, let arguments): return function.apply(arguments.map { $0.number(at: values) })
        case .option, .comparison, .and, .or, .not: return .nan
        }
    }

    /// Whether it holds: strictly, but for equality of numbers, or within the tolerance everywhere.
    func holds(at values: [ParameterValue], isTolerant: Bool) -> Bool {
        switch self {
        case .and(let one, let other):
            one.holds(at: values, isTolerant: isTolerant) && other.holds(at: values, isTolerant: isTolerant)
        case .or(let one, let other):
            one.holds(at: values, isTolerant: isTolerant) || other.holds(at: values, isTolerant: isTolerant)
        case .not(let inner): inner.negation.holds(at: values, isTolerant: isTolerant)
        case .comparison: shortfall(at: values, isTolerant: isTolerant) == 0
        case .number, .option, .parameter, .arithmetic, .call: false
        }
    }

    /// How much is missing for it to hold, 0 where it does: the distance of the two sides, 1 where an option differs, the sum of what both
    /// halves of an `and` lack, the less of an `or`.
    func shortfall(at values: [ParameterValue], isTolerant: Bool = false) -> Double {
        switch self {
        case .and(let one, let other):
            return one.shortfall(at: values, isTolerant: isTolerant)
                + other.shortfall(at: values, isTolerant: isTolerant)
        case .or(let one, let other):
            return min(
                one.shortfall(at: values, isTolerant: isTolerant), other.shortfall(at: values, isTolerant: isTolerant))
        case .not(let inner): return inner.negation.shortfall(at: values, isTolerant: isTolerant)
        case .comparison(let comparison, let one, let other):
            if let same = one.isSameOption(as: other, at: values) {
                return same == (comparison == .equal) ? 0 : 1
            }
            let (left, right) = (one.number(at: values), other.number(at: values))
            return comparison.shortfall(left, right, isTolerant: isTolerant)
        case .number, .option, .parameter, .arithmetic, .call: return .infinity
        }
    }

    /// Whether an option and a parameter, or two parameters, are the same; nil where these are numbers.
    private func isSameOption(as other: Expression, at values: [ParameterValue]) -> Bool? {
        switch (optionText(at: values), other.optionText(at: values)) {
        case (let one?, let other?): one == other
        case (nil, nil): nil
        default: false
        }
    }

    private func optionText(at values: [ParameterValue]) -> String? {
        switch self {
        case .option(let text): text
        case .parameter(let index): if case .option(let text) = values[index] { text } else { nil }
        default: nil
        }
    }

    /// What holds exactly where this does not.
    var negation: Expression {
        switch self {
        case .and(let one, let other): .or(one.negation, other.negation)
        case .or(let one, let other): .and(one.negation, other.negation)
        case .not(let inner): inner
        case .comparison(let comparison, let one, let other): .comparison(comparison.opposite, one, other)
        case .number, .option, .parameter, .arithmetic, .call: self
        }
    }
}

extension Expression.Arithmetic {
    public func apply(_ one: Double, _ other: Double) -> Double {
        switch self {
        case .plus: one + other
        case .minus: one - other
        case .times: one * other
        case .over: one / other
        case .power: pow(one, other)
        }
    }
}

extension Expression.Function {
    func apply(_ arguments: [Double]) -> Double {
        switch self {
        case .exp: Foundation.exp(arguments[0])
        case .log: Foundation.log(arguments[0])
        case .sqrt: arguments[0].squareRoot()
        case .abs: Swift.abs(arguments[0])
        case .min: arguments.contains(where: \.isNaN) ? .nan : arguments.min() ?? .nan
        case .max: arguments.contains(where: \.isNaN) ? .nan : arguments.max() ?? .nan
        case .count: Double(arguments.count { $0 > 0 })
        }
    }
}

extension Expression.Comparison {
    /// How far apart two numbers are from what is wanted of them; infinite where one is not a number.
    func shortfall(_ left: Double, _ right: Double, isTolerant: Bool) -> Double {
        guard !left.isNaN, !right.isNaN else { return .infinity }
        let room = Expression.tolerance * max(1, abs(left), abs(right))
        let gap = left - right
        switch self {
        case .equal: return abs(gap) <= room ? 0 : abs(gap)
        case .unequal: return abs(gap) > room ? 0 : 1
        case .atMost: return gap <= (isTolerant ? room : 0) ? 0 : gap
        case .less: return gap < (isTolerant ? room : 0) ? 0 : max(gap, .leastNormalMagnitude)
        case .atLeast: return -gap <= (isTolerant ? room : 0) ? 0 : -gap
        case .more: return -gap < (isTolerant ? room : 0) ? 0 : max(-gap, .leastNormalMagnitude)
        }
    }
}
