/// A parsed expression over the parameters of a space, each by its place there.
public indirect enum Expression: Hashable, Sendable {
    /// A number.
    case number(Double)
    /// An option of a categorical parameter.
    case option(String)
    /// The value of a parameter.
    case parameter(Int)
    /// A sum, difference, product, quotient or power.
    case arithmetic(Arithmetic, Expression, Expression)
    /// A function of numbers.
    case call(Function, [Expression])
    /// A comparison of two numbers, or of a categorical parameter with an option.
    case comparison(Comparison, Expression, Expression)
    /// Both hold.
    case and(Expression, Expression)
    /// One holds at least.
    case or(Expression, Expression)
    /// The other does not hold.
    case not(Expression)

    /// Arithmetic of two numbers.
    public enum Arithmetic: String, Sendable, Hashable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case power = "^"
    }

    /// A comparison.
    public enum Comparison: String, Sendable, Hashable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case atMost = "<="
        case more = ">"
        case atLeast = ">="

        /// The comparison that holds exactly where this one does not.
        var opposite: Comparison {
            switch self {
            case .equal: .unequal
            case .unequal: .equal
            case .less: .atLeast
            case .atMost: .more
            case .more: .atMost
            case .atLeast: .less
            }
        }
    }

    /// A function.
    public enum Function: String, Sendable, Hashable, CaseIterable {
        case exp, log, sqrt, abs, min, max
        /// How many of the numbers are above zero.
        case count

        /// How many arguments it takes, at least and at most.
        var arguments: ClosedRange<Int> {
            switch self {
            case .exp, .log, .sqrt, .abs: 1...1
            case .min, .max, .count: 1...1000
            }
        }
    }
}
