import Campaigns
import Foundation

/// What stands in a cell of a spreadsheet, as the spreadsheet itself takes it.
public enum CellValue: Hashable, Sendable {
    case empty
    case text(String)
    case number(Double)
    case truth(Bool)

    /// What a person sees, more or less: the text of a number is its shortest one.
    public var text: String {
        switch self {
        case .empty: ""
        case .text(let text): text.trimmingCharacters(in: .whitespacesAndNewlines)
        case .number(let number): number.shortest
        case .truth(let truth): truth ? "TRUE" : "FALSE"
        }
    }

    /// A parameter's value in a cell.
    init(_ value: ParameterValue?) {
        switch value {
        case .number(let number)?: self = .number(number)
        case .option(let text)?: self = .text(text)
        case nil: self = .empty
        }
    }

    /// A text in a cell; an empty one is an empty cell.
    init(_ text: String?) { self = text.map { $0.isEmpty ? .empty : .text($0) } ?? .empty }
}

/// A worksheet as it was read: rows of cells, of different lengths.
public typealias Grid = [[CellValue]]

/// The worksheets of a campaign.
public enum Tab: String, Hashable, Sendable, CaseIterable {
    case queue = "Queue"
    case pending = "Pending"
    case results = "Results"
}

/// A change of a worksheet. Changes are made in order; rows and columns are counted from 0, as they stand when it is their turn.
public enum SheetChange: Hashable, Sendable {
    /// Cells of one row, from a column on.
    case write(row: Int, column: Int, [CellValue])
    /// New rows above a row.
    case insert(row: Int, [CellValue])
    /// New rows below all that is there.
    case append([[CellValue]])
    case move(row: Int, to: Int)
    case delete(row: Int)
    /// A note and a colour that call a person's attention to a cell; nil takes both away.
    case flag(row: Int, column: Int, String?)
}
