/// Reads an expression: `if ... then ...` binds least, then `or`, `and`, `not`, comparisons (a <= b <= c are two), sums, products,
/// signs, powers. Names are parameters, and where they are compared with a categorical one, its options.
struct ExpressionParser {
    let parameters: [Parameter]
    /// Whether numbers of two units are told apart.
    let comparesUnits: Bool
    private let tokens: [ExpressionToken]
    private var next = 0

    /// What an expression is: a number, a truth, or an option of a categorical parameter (its place, where it is one).
    enum Kind: Hashable {
        case number
        case truth
        case option(parameter: Int?)
    }

    struct Typed {
        var expression: Expression
        var kind: Kind
        var column: Int
        /// A name that is no parameter: an option, if it is compared with a categorical parameter.
        var unknown: String?
        /// The unit of a number, where it is known: that of a parameter, alone or in a sum. A factor may be one from one unit to another.
        var unit: String?
    }

    /// The constraint that a text states over `parameters`. Throws ``ExpressionError``.
    static func constraint(
        _ text: String, over parameters: [Parameter], comparingUnits: Bool = false
    ) throws(ExpressionError) -> Expression {
        let (parser, typed) = try whole(text, over: parameters, comparingUnits: comparingUnits)
        return try parser.truth(typed, "a constraint is a comparison").expression
    }

    /// The number that a text states over `parameters`. Throws ``ExpressionError``.
    static func quantity(_ text: String, over parameters: [Parameter]) throws(ExpressionError) -> Expression {
        let (parser, typed) = try whole(text, over: parameters, comparingUnits: false)
        return try parser.number(typed).expression
    }

    /// All of a text as one expression, with the parser that read it.
    private static func whole(
        _ text: String, over parameters: [Parameter], comparingUnits: Bool
    ) throws(ExpressionError) -> (ExpressionParser, Typed) {
        var parser = ExpressionParser(
            parameters: parameters, comparesUnits: comparingUnits, tokens: try ExpressionToken.all(in: text))
        let typed = try parser.conditional()
        guard case .end = parser.token.kind else { throw parser.error("is not expected here") }
        return (parser, typed)
    }

    private init(parameters: [Parameter], comparesUnits: Bool, tokens: [ExpressionToken]) {
        (self.parameters, self.comparesUnits, self.tokens) = (parameters, comparesUnits, tokens)
    }

    private var token: ExpressionToken { tokens[next] }

    private func error(_ problem: String, at token: ExpressionToken? = nil) -> ExpressionError {
        let token = token ?? self.token
        let word =
            switch token.kind {
            case .number(let number): "\"\(number.shortest)\" "
            case .name(let text), .text(let text), .symbol(let text): "\"\(text.prefix(40))\" "
            case .end: "the end "
            }
        return ExpressionError(column: token.column, problem: word + problem)
    }

    private mutating func take(_ words: String...) -> String? {
        let word: String? =
            switch token.kind {
            case .name(let text), .symbol(let text): text
            default: nil
            }
        guard let word, words.contains(word) else { return nil }
        next += 1
        return word
    }

    private mutating func require(_ word: String) throws(ExpressionError) {
        guard take(word) != nil else { throw error("stands where \"\(word)\" is expected") }
    }

    private mutating func conditional() throws(ExpressionError) -> Typed {
        let column = token.column
        guard take("if") != nil else { return try disjunction() }
        let condition = try truth(try disjunction(), "after \"if\" a comparison is expected")
        try require("then")
        let consequence = try truth(try conditional(), "after \"then\" a comparison is expected")
        return Typed(
            expression: .or(condition.expression.negation, consequence.expression), kind: .truth, column: column)
    }

    private mutating func disjunction() throws(ExpressionError) -> Typed {
        var left = try conjunction()
        while take("or") != nil {
            let right = try conjunction()
            left.expression = .or(
                try truth(left, "\"or\" joins comparisons").expression,
                try truth(right, "\"or\" joins comparisons").expression)
        }
        return left
    }

    private mutating func conjunction() throws(ExpressionError) -> Typed {
        var left = try negation()
        while take("and") != nil {
            let right = try negation()
            left.expression = .and(
                try truth(left, "\"and\" joins comparisons").expression,
                try truth(right, "\"and\" joins comparisons").expression)
        }
        return left
    }

    private mutating func negation() throws(ExpressionError) -> Typed {
        let column = token.column
        guard take("not") != nil else { return try comparison() }
        let inner = try truth(try negation(), "after \"not\" a comparison is expected")
        return Typed(expression: .not(inner.expression), kind: .truth, column: column)
    }

    private mutating func comparison() throws(ExpressionError) -> Typed {
        var left = try sum()
        var result: Expression?
        let column = left.column
        while let word = take("==", "!=", "<=", ">=", "<", ">"), let comparison = Expression.Comparison(rawValue: word)
        {
            let right = try sum()
            let one = try compared(left, comparison, right)
            result = result.map { .and($0, one) } ?? one
            left = right
        }
        return result.map { Typed(expression: $0, kind: .truth, column: column) } ?? left
    }

    private mutating func sum() throws(ExpressionError) -> Typed {
        var left = try product()
        while let word = take("+", "-") { left = try arithmetic(left, word, try product()) }
        return left
    }

    private mutating func product() throws(ExpressionError) -> Typed {
        var left = try signed()
        while let word = take("*", "/") { left = try arithmetic(left, word, try signed()) }
        return left
    }

    private mutating func signed() throws(ExpressionError) -> Typed {
        let column = token.column
        if take("+") != nil { return try number(try signed()) }
        guard take("-") != nil else { return try power() }
        let inner = try number(try signed())
        return Typed(
            expression: .arithmetic(.minus, .number(0), inner.expression), kind: .number, column: column,
            unit: inner.unit)
    }

    private mutating func power() throws(ExpressionError) -> Typed {
        let base = try primary()
        guard let word = take("^") else { return base }
        return try arithmetic(base, word, try signed())
    }

    private mutating func primary() throws(ExpressionError) -> Typed {
        let here = token
        next += 1
        switch here.kind {
        case .number(let number): return Typed(expression: .number(number), kind: .number, column: here.column)
        case .text(let text):
            return Typed(expression: .option(text), kind: .option(parameter: nil), column: here.column)
        case .symbol("("):
            let inner = try conditional()
            try require(")")
            return inner
        case .name(let name):
            if let function = Expression.Function(rawValue: name), take("(") != nil {
                return try call(function, here)
            }
            return try named(name, here)
        case .symbol, .end:
            next -= 1
            throw error("stands where a number or a name is expected")
        }
    }

    private mutating func call(_ function: Expression.Function, _ here: ExpressionToken) throws(ExpressionError)
        -> Typed
    {
        var arguments: [Expression] = []
        var all: Typed?
        repeat {
            let argument = try number(try sum())
            arguments.append(argument.expression)
            if let one = all, function != .count {
                all?.unit = try unit(of: one, and: argument, "compared")
            } else {
                all = argument
            }
        } while take(",") != nil
        try require(")")
        guard function.arguments.contains(arguments.count) else {
            throw error("takes one number, not \(arguments.count)", at: here)
        }
        let keepsUnit = function == .min || function == .max || function == .abs
        return Typed(
            expression: .call(function, arguments), kind: .number, column: here.column,
            unit: keepsUnit ? all?.unit : nil)
    }

    private func named(_ name: String, _ here: ExpressionToken) throws(ExpressionError) -> Typed {
        guard let index = parameters.firstIndex(where: { $0.name == name }) else {
            return Typed(expression: .option(name), kind: .option(parameter: nil), column: here.column, unknown: name)
        }
        let isOption = !parameters[index].isNumeric
        return Typed(
            expression: .parameter(index), kind: isOption ? .option(parameter: index) : .number, column: here.column,
            unit: isOption ? nil : parameters[index].unit)
    }
}
