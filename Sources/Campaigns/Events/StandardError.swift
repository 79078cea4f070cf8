/// How far a measured value may be off, as people write it behind the value: `0.42 ± 0.02`.
public enum StandardError {
    /// Splits `0.42 ± 0.02`, `0.42 +- 0.02` or `0.42 +/- 0.02` into the texts of the value and of its standard error; nil where the text has no such
    /// sign.
    public static func read(_ text: String) -> (value: String, error: String)? {
        text.wholeMatch(of: /\s*(.+?)\s*(?:\u{B1}|\+\/-|\+-)\s*(.+?)\s*/).map { (String($0.1), String($0.2)) }
    }
}
