/// A word of an expression, and the place where it begins, from 1.
struct ExpressionToken: Hashable {
    enum Kind: Hashable {
        case number(Double)
        case name(String)
        case text(String)
        case symbol(String)
        case end
    }

    let kind: Kind
    let column: Int

    /// The words of a text. Names that are more than letters, digits, `_` and `.` stand between backquotes, options between quotes where
    /// they are. Throws ``ExpressionError``.
    static func all(in text: String) throws(ExpressionError) -> [ExpressionToken] {
        var scanner = Scanner(characters: Array(text))
        var tokens: [ExpressionToken] = []
        while true {
            let token = try scanner.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private struct Scanner {
        let characters: [Character]
        var place = 0

        mutating func next() throws(ExpressionError) -> ExpressionToken {
            while place < characters.count, characters[place].isWhitespace { place += 1 }
            let column = place + 1
            guard place < characters.count else { return ExpressionToken(kind: .end, column: column) }
            let character = characters[place]
            if character.isNumber || character == "." { return ExpressionToken(kind: try number(), column: column) }
            if character.isLetter || character == "_" {
                return ExpressionToken(
                    kind: .name(word { $0.isLetter || $0.isNumber || "_.".contains($0) }), column: column)
            }
            if "\"'`".contains(character) {
                place += 1
                let inner = word { $0 != character }
                guard place < characters.count else {
                    throw ExpressionError(column: column, problem: "\(character) has no end")
                }
                place += 1
                return ExpressionToken(kind: character == "`" ? .name(inner) : .text(inner), column: column)
            }
            return ExpressionToken(kind: .symbol(try symbol(column)), column: column)
        }

        private mutating func word(_ belongs: (Character) -> Bool) -> String {
            let start = place
            while place < characters.count, belongs(characters[place]) { place += 1 }
            return String(characters[start..<place])
        }

        private mutating func number() throws(ExpressionError) -> Kind {
            let start = place
            _ = word { $0.isNumber || $0 == "." }
            if place < characters.count, "eE".contains(characters[place]) {
                let before = place
                place += 1
                if place < characters.count, "+-".contains(characters[place]) { place += 1 }
                if word(\.isNumber).isEmpty { place = before }
            }
            let text = String(characters[start..<place])
            guard let number = Double(text) else {
                throw ExpressionError(column: start + 1, problem: "\"\(text)\" is no number")
            }
            return .number(number)
        }

        private mutating func symbol(_ column: Int) throws(ExpressionError) -> String {
            let two = String(characters[place..<min(place + 2, characters.count)])
            if ["==", "!=", "<=", ">=", "**"].contains(two) {
                place += 2
                return two == "**" ? "^" : two
            }
            let one = String(characters[place])
            place += 1
            if let plain = ["≤": "<=", "≥": ">=", "≠": "!=", "·": "*", "×": "*", "−": "-"][one] { return plain }
            guard "+-*/^(),<>".contains(one) else {
                let advice = one == "=" ? "; equality is ==" : ""
                throw ExpressionError(column: column, problem: "\"\(one)\" has no meaning here\(advice)")
            }
            return one
        }
    }
}

/// What is wrong with an expression, and where.
public struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place in the text, from 1.
    public let column: Int
    /// What is wrong there.
    public let problem: String
    public var description: String { "\(problem) (at character \(column))" }
}
