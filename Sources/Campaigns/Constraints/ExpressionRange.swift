import Foundation

/// What a parameter may still be: any number of an interval, or one of some options.
public enum ValueRange: Hashable, Sendable {
    /// Any number from `low` to `high`.
    case numbers(low: Double, high: Double)
    /// One of these.
    case options(Set<String>)

    /// One value alone.
    public init(_ value: ParameterValue) {
        switch value {
        case .number(let number): self = .numbers(low: number, high: number)
        case .option(let text): self = .options([text])
        }
    }

    /// All values of a domain.
    public init(_ domain: Parameter.Domain) {
        switch domain {
        case .continuous(let low, let high, _): self = .numbers(low: low, high: high)
        case .discrete(let levels, _): self = .numbers(low: levels[0], high: levels[levels.count - 1])
        case .categorical(let options, _): self = .options(Set(options))
        case .listed: self = .options([])
        }
    }
}

extension Constraint {
    /// Whether it can hold for any values of some ranges: false is certain, true is not. By interval arithmetic.
    public func canHold(in ranges: [ValueRange]) -> Bool { expression.canHold(in: ranges) }
}

/// Numbers from `low` to `high`; anything where something is not known.
private struct Interval {
    var low: Double
    var high: Double

    static let anything = Interval(low: -.infinity, high: .infinity)

    init(low: Double, high: Double) {
        // Not a number comes from what is infinite: nothing is known then.
        (self.low, self.high) = (low.isNaN ? -.infinity : low, high.isNaN ? .infinity : high)
    }

    init(hull values: [Double]) {
        self.init(
            low: values.contains(where: \.isNaN) ? -.infinity : values.min() ?? -.infinity,
            high: values.contains(where: \.isNaN) ? .infinity : values.max() ?? .infinity)
    }
}

extension Expression {
    fileprivate func canHold(in ranges: [ValueRange]) -> Bool {
        switch self {
        case .and(let one, let other): return one.canHold(in: ranges) && other.canHold(in: ranges)
        case .or(let one, let other): return one.canHold(in: ranges) || other.canHold(in: ranges)
        case .not(let inner): return inner.negation.canHold(in: ranges)
        case .comparison(let comparison, let one, let other):
            if let left = one.options(in: ranges), let right = other.options(in: ranges) {
                return comparison == .equal
                    ? !left.isDisjoint(with: right) : !(left.count == 1 && left == right)
            }
            let (left, right) = (one.interval(in: ranges), other.interval(in: ranges))
            let room = tolerance(left, right)
            switch comparison {
            case .equal: return left.low <= right.high + room && right.low <= left.high + room
            case .unequal:
                return !(left.low == left.high && right.low == right.high && abs(left.low - right.low) <= room)
            case .less: return left.low < right.high
            case .atMost: return left.low <= right.high
            case .more: return left.high > right.low
            case .atLeast: return left.high >= right.low
            }
        case .number, .option, .parameter, .arithmetic, .call: return false
        }
    }

    private func tolerance(_ one: Interval, _ other: Interval) -> Double {
        let ends = [one.low, one.high, other.low, other.high].map(abs).filter(\.isFinite)
        return Self.tolerance * max(1, ends.max() ?? 1)
    }

    private func options(in ranges: [ValueRange]) -> Set<String>? {
        switch self {
        case .option(let text): [text]
        case .parameter(let index): if case .options(let all) = ranges[index] { all } else { nil }
        default: nil
        }
    }

    private func interval(in ranges: [ValueRange]) -> Interval {
        switch self {
        case .number(let number): return Interval(low: number, high: number)
        case .parameter(let index):
            if case .numbers(let low, let high) = ranges[index] { return Interval(low: low, high: high) }
            return .anything
        case .arithmetic(let operation, let one, let other):
            return operation.interval(one.interval(in: ranges), other.interval(in: ranges))
        case .call(let function, let arguments): return function.interval(arguments.map { $0.interval(in: ranges) })
        case .option, .comparison, .and, .or, .not: return .anything
        }
    }
}

extension Expression.Arithmetic {
    fileprivate func interval(_ one: Interval, _ other: Interval) -> Interval {
        let corners = [one.low, one.high].flatMap { left in [other.low, other.high].map { apply(left, $0) } }
        switch self {
        case .plus, .minus, .times: return Interval(hull: corners)
        case .over: return other.low > 0 || other.high < 0 ? Interval(hull: corners) : .anything
        case .power:
            if one.low > 0 { return Interval(hull: corners) }
            guard other.low == other.high, other.low >= 0, other.low == other.low.rounded() else { return .anything }
            let isEven = other.low.truncatingRemainder(dividingBy: 2) == 0
            let hull = Interval(hull: corners)
            return isEven && one.low <= 0 && one.high >= 0 ? Interval(low: 0, high: hull.high) : hull
        }
    }
}

extension Expression.Function {
    fileprivate func interval(_ arguments: [Interval]) -> Interval {
        let one = arguments[0]
        switch self {
        case .exp: return Interval(low: Foundation.exp(one.low), high: Foundation.exp(one.high))
        case .log:
            return one.high < 0
                ? .anything : Interval(low: Foundation.log(Swift.max(0, one.low)), high: Foundation.log(one.high))
        case .sqrt:
            return one.high < 0
                ? .anything : Interval(low: Swift.max(0, one.low).squareRoot(), high: one.high.squareRoot())
        case .abs:
            let ends = [Swift.abs(one.low), Swift.abs(one.high)]
            return Interval(low: one.low <= 0 && one.high >= 0 ? 0 : ends.min() ?? 0, high: ends.max() ?? .infinity)
        case .min:
            return Interval(low: arguments.map(\.low).min() ?? 0, high: arguments.map(\.high).min() ?? 0)
        case .max:
            return Interval(low: arguments.map(\.low).max() ?? 0, high: arguments.map(\.high).max() ?? 0)
        case .count:
            return Interval(
                low: Double(arguments.count { $0.low > 0 }), high: Double(arguments.count { $0.high > 0 }))
        }
    }
}
