import Spreadsheets

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
