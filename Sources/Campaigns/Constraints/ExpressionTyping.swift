/// What may be joined with what: numbers with numbers, comparisons with comparisons, categorical parameters with their options.
extension ExpressionParser {
    func truth(_ typed: Typed, _ otherwise: String) throws(ExpressionError) -> Typed {
        guard typed.kind == .truth else {
            if let unknown = typed.unknown { throw self.unknown(unknown, typed.column) }
            throw ExpressionError(column: typed.column, problem: otherwise)
        }
        return typed
    }

    func number(_ typed: Typed) throws(ExpressionError) -> Typed {
        if let unknown = typed.unknown { throw self.unknown(unknown, typed.column) }
        guard typed.kind == .number else {
            throw ExpressionError(
                column: typed.column,
                problem: typed.kind == .truth
                    ? "a comparison is no number" : "a categorical parameter or option is no number")
        }
        return typed
    }

    private func unknown(_ name: String, _ column: Int) -> ExpressionError {
        ExpressionError(
            column: column,
            problem: "\"\(name.prefix(40))\" is no parameter of this campaign (\(listing(parameters.map(\.name))))")
    }

    func arithmetic(_ left: Typed, _ word: String, _ right: Typed) throws(ExpressionError) -> Typed {
        guard let operation = Expression.Arithmetic(rawValue: word) else { return left }
        let (one, other) = (try number(left), try number(right))
        let isSum = operation == .plus || operation == .minus
        return Typed(
            expression: .arithmetic(operation, one.expression, other.expression), kind: .number, column: left.column,
            unit: isSum ? try unit(of: one, and: other, operation == .plus ? "added" : "subtracted") : nil)
    }

    /// The unit that two numbers have together. Throws where they have two.
    func unit(of one: Typed, and other: Typed, _ joined: String) throws(ExpressionError) -> String? {
        guard let left = one.unit, let right = other.unit else { return one.unit ?? other.unit }
        guard comparesUnits, left != right else { return left }
        throw ExpressionError(
            column: other.column,
            problem:
                "a number in \(left) and one in \(right) cannot be \(joined); bring one to the other's unit by a factor: 0.001*x"
        )
    }

    /// A comparison whose sides are of one kind.
    func compared(
        _ left: Typed, _ comparison: Expression.Comparison, _ right: Typed
    ) throws(ExpressionError) -> Expression {
        switch (left.kind, right.kind) {
        case (.number, .number):
            _ = try unit(of: left, and: right, "compared")
            return .comparison(comparison, left.expression, right.expression)
        case (.option(let one?), .option(let other)):
            try requireEquality(comparison, left)
            if other == nil { try requireOption(right, of: one) }
        case (.option(nil), .option(let other?)):
            try requireEquality(comparison, right)
            try requireOption(left, of: other)
        default:
            _ = try number(left)
            _ = try number(right)
        }
        return .comparison(comparison, left.expression, right.expression)
    }

    private func requireEquality(_ comparison: Expression.Comparison, _ side: Typed) throws(ExpressionError) {
        guard comparison == .equal || comparison == .unequal else {
            throw ExpressionError(
                column: side.column, problem: "options have no order; compare a categorical parameter by == or !=")
        }
    }

    private func requireOption(_ side: Typed, of parameter: Int) throws(ExpressionError) {
        guard case .option(let text) = side.expression,
            case .categorical(let options, _) = parameters[parameter].domain
        else { return }
        guard options.contains(text) else {
            throw ExpressionError(
                column: side.column,
                problem: "\"\(text.prefix(40))\" is no option of \(parameters[parameter].name) (\(listing(options)))")
        }
    }
}
