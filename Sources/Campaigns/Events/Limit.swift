/// What a measured value says that was only seen to lie beyond a limit of the instrument: `< 0.1`, `> 95`.
public enum Limit: String, Hashable, Codable, Sendable, CaseIterable {
    /// The true value lies below the number.
    case below
    /// The true value lies above the number.
    case above

    /// Reads `< 0.1`: the limit, and the text of the number; nil where the text begins with neither sign.
    public static func read(_ text: String) -> (limit: Limit, number: String)? {
        guard let match = text.wholeMatch(of: /\s*([<>]|\u{2264}|\u{2265})=?\s*(.*)/) else { return nil }
        return ("<\u{2264}".contains(match.output.1) ? .below : .above, String(match.output.2))
    }

    /// The sign before a number: `<`.
    public var sign: String { self == .below ? "<" : ">" }
}
