import Campaigns

/// A table of a campaign for spreadsheets: columns with headings, rows of typed cells.
public struct Sheet: Sendable {
    /// A column.
    public struct Column: Hashable, Sendable {
        /// Its heading.
        public let name: String
        /// The unit of its numbers; nil where they have none.
        public let unit: String?
        /// Whether it has times.
        public let isTime: Bool

        /// A column.
        public init(_ name: String, unit: String? = nil, isTime: Bool = false) {
            (self.name, self.unit, self.isTime) = (name, unit, isTime)
        }
    }

    /// What stands in a cell.
    public enum Cell: Hashable, Sendable {
        case empty
        case text(String)
        case number(Double)
        /// A time, in seconds since 1970.
        case time(Double)
    }

    /// The columns.
    public let columns: [Column]
    /// The rows; each has a cell for every column.
    public let rows: [[Cell]]

    init(columns: [Column], rows: [[Cell]]) { (self.columns, self.rows) = (columns, rows) }

    /// Lines of CSV (RFC 4180): a header, a line a row. Times are seconds since 1970.
    public func csvLines() -> [String] {
        [columns.map { CSVField.text($0.name) }.joined(separator: ",")]
            + rows.map { $0.map(\.field).joined(separator: ",") }
    }

    /// The content of a file of CSV, with the line ends of RFC 4180.
    public func csv() -> String { csvLines().map { $0 + "\r\n" }.joined() }
}

extension Sheet.Cell {
    /// A text, or nothing where there is none.
    init(_ text: String?) { self = text.map { $0.isEmpty ? .empty : .text($0) } ?? .empty }

    /// A number, or nothing where there is none.
    init(_ number: Double?) { self = number.map(Sheet.Cell.number) ?? .empty }

    /// A parameter's value: a number, or an option.
    init(_ value: ParameterValue?) {
        switch value {
        case .number(let number)?: self = .number(number)
        case .option(let text)?: self = .text(text)
        case nil: self = .empty
        }
    }

    fileprivate var field: String {
        switch self {
        case .empty: ""
        case .text(let text): CSVField.text(text)
        case .number(let number): number.shortest
        case .time(let seconds): "\(seconds)"
        }
    }
}

/// Texts as fields of CSV that a spreadsheet shows as texts: what it would take for a formula gets an apostrophe before it.
public enum CSVField {
    private static let formulas: Set<Character> = ["=", "+", "-", "@", "\t", "\r"]

    /// A text as a field, in quotation marks where it needs them.
    public static func text(_ text: String) -> String {
        let isFormula = text.first.map(formulas.contains) ?? false
        let isAmbiguous =
            text.first == "'" && (text.dropFirst().first.map { formulas.contains($0) || $0 == "'" } ?? false)
        let field = isFormula || isAmbiguous ? "'\(text)" : text
        guard field.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    /// The text that a field stands for, its quotation marks taken off already.
    public static func read(_ field: String) -> String {
        guard field.first == "'", let next = field.dropFirst().first, formulas.contains(next) || next == "'" else {
            return field
        }
        return String(field.dropFirst())
    }
}
