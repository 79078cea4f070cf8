import Foundation

/// A number as a person types it: `12.5`, `12,5`, `1.2e-3`, with or without its unit. What can be read in two ways is refused.
public enum TypedNumber {
    /// Why a text is no number, in words.
    public struct Unclear: Error, Hashable, Sendable, CustomStringConvertible {
        /// As text.
        public let description: String
    }

    /// Reads `text` as a number in `unit`. Throws ``Unclear``.
    ///
    /// A single comma is a decimal comma, unless three digits follow one to three others: then it could as well part thousands.
    public static func read(_ text: String, unit: String?) throws(Unclear) -> Double {
        let (number, suffix) = split(text)
        if suffix.first?.isNumber == true { throw severalWays(text) }
        if !suffix.isEmpty, suffix != unit {
            guard number.contains(where: \.isNumber) else {
                throw Unclear(description: "\"\(text.prefix(40))\" is not a number")
            }
            throw Unclear(
                description: unit.map {
                    "it is measured in \($0), not in \(suffix.prefix(40)): type the number in \($0)"
                }
                    ?? "\"\(suffix.prefix(40))\" after the number is not understood: type the number alone")
        }
        var plain = number.replacing("\u{2212}", with: "-")
        if plain.contains(",") { plain = try withoutComma(plain) }
        guard let value = Double(plain), plain.contains(where: \.isNumber), !plain.lowercased().contains("x") else {
            throw Unclear(description: "\"\(text.prefix(40))\" is not a number")
        }
        guard value.isFinite else { throw Unclear(description: "\"\(text.prefix(40))\" is no finite number") }
        return value
    }

    private static func withoutComma(_ text: String) throws(Unclear) -> String {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, !text.contains(".") else {
            throw severalWays(text)
        }
        let whole = parts[0].drop { $0 == "-" || $0 == "+" }
        let isThousands = parts[1].count == 3 && parts[1].allSatisfy(\.isNumber) && (1...3).contains(whole.count)
        if isThousands, whole.contains(where: { $0 != "0" }) {
            throw Unclear(
                description:
                    "\"\(text.prefix(40))\" can be \(parts[0]).\(parts[1]) or \(parts[0])\(parts[1]): type one of these"
            )
        }
        return "\(parts[0]).\(parts[1])"
    }

    private static func severalWays(_ text: String) -> Unclear {
        Unclear(
            description:
                "\"\(text.prefix(40))\" can be read in several ways: type it with one decimal point and nothing between thousands"
        )
    }

    /// The number, and what stands behind it.
    private static func split(_ text: String) -> (number: String, suffix: String) {
        let trimmed = text.drop(while: \.isWhitespace)
        let whole = trimmed.trimmingCharacters(in: .whitespacesAndNewlines)
        if Double(whole) != nil { return (whole, "") }
        let end = endOfNumber(trimmed)
        return (String(trimmed[..<end]), trimmed[end...].trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Where the number ends with which a text begins. Not by a regular expression: tables have a million texts.
    private static func endOfNumber(_ text: Substring) -> String.Index {
        func skipSign(_ at: String.Index, _ signs: String) -> String.Index {
            at < text.endIndex && signs.contains(text[at]) ? text.index(after: at) : at
        }
        func skip(_ at: String.Index, _ characters: String) -> String.Index {
            text[at...].firstIndex { !characters.contains($0) } ?? text.endIndex
        }
        let begin = skipSign(text.startIndex, "-+\u{2212}")
        let mantissa = skip(begin, "0123456789.,")
        if mantissa < text.endIndex, "eE".contains(text[mantissa]) {
            let power = skipSign(text.index(after: mantissa), "-+")
            let end = skip(power, "0123456789")
            if end > power { return end }
        }
        return mantissa > begin ? mantissa : text.startIndex
    }
}
