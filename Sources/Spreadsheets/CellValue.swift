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
    public init(_ value: ParameterValue?) {
        switch value {
        case .number(let number)?: self = .number(number)
        case .option(let text)?: self = .text(text)
        case nil: self = .empty
        }
    }

    /// A text in a cell; an empty one is an empty cell.
    public init(_ text: String?) { self = text.map { $0.isEmpty ? .empty : .text($0) } ?? .empty }
}

/// A worksheet's cells: rows of different lengths.
public typealias Grid = [[CellValue]]
