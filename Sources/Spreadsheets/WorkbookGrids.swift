import CXlsxWriter
import Foundation

/// A worksheet in which people type.
public struct TypedWorksheet: Sendable {
    public let name: String
    public let cells: Grid
    /// The rows above the others: they stay in sight, and are bold.
    public let headRows: Int
    public let hiddenRows: Set<Int>
    public let hiddenColumns: Set<Int>
    /// What calls a person's attention to cells.
    public let notes: [(row: Int, column: Int, text: String)]

    public init(
        name: String, cells: Grid, headRows: Int, hiddenRows: Set<Int>, hiddenColumns: Set<Int>,
        notes: [(row: Int, column: Int, text: String)]
    ) {
        (self.name, self.cells, self.headRows) = (name, cells, headRows)
        (self.hiddenRows, self.hiddenColumns, self.notes) = (hiddenRows, hiddenColumns, notes)
    }
}

extension Workbook {
    /// A file with these worksheets, as bytes. Texts stay texts, also those that look like formulas or numbers; numbers have 16 digits. Throws ``Unwritable``. Cost: linear in the
    /// cells, with a file in the temporary folder.
    public static func bytes(_ worksheets: [TypedWorksheet]) throws -> Data {
        try bytes { path in
            try make(path) { draft in
                for worksheet in worksheets {
                    write(
                        worksheet, to: try draft.worksheet(worksheet.name, rows: worksheet.cells.count), draft.formats)
                }
            }
        }
    }

    private static func write(
        _ worksheet: TypedWorksheet, to place: UnsafeMutablePointer<lxw_worksheet>, _ formats: Formats
    ) {
        struct Cell: Hashable {
            let row: Int
            let column: Int
        }
        let width = worksheet.cells.map(\.count).max() ?? 0
        let shown = worksheet.cells.enumerated().lazy.filter { !worksheet.hiddenRows.contains($0.offset) }.prefix(200)
            .map(\.element)
        for column in 0..<width {
            let longest = shown.map { $0.indices.contains(column) ? characters(of: $0[column]) : 0 }.max() ?? 0
            var options = lxw_row_col_options()
            options.hidden = worksheet.hiddenColumns.contains(column) ? 1 : 0
            worksheet_set_column_opt(
                place, lxw_col_t(column), lxw_col_t(column), Double(min(40, max(8, longest)) + 2), nil, &options)
        }
        for row in worksheet.hiddenRows {
            var options = lxw_row_col_options()
            options.hidden = 1
            worksheet_set_row_opt(place, lxw_row_t(row), LXW_DEF_ROW_HEIGHT, nil, &options)
        }
        let flagged = Set(worksheet.notes.map { Cell(row: $0.row, column: $0.column) })
        for (row, cells) in worksheet.cells.enumerated() {
            for (column, cell) in cells.enumerated() {
                let format =
                    flagged.contains(Cell(row: row, column: column))
                    ? formats.flag : row < worksheet.headRows ? formats.heading : nil
                write(cell, to: place, lxw_row_t(row), lxw_col_t(column), format)
            }
        }
        for (row, column, text) in worksheet.notes {
            let (line, number) = (lxw_row_t(row), lxw_col_t(column))
            let cells = worksheet.cells[row]
            if !cells.indices.contains(column) || cells[column] == .empty {
                worksheet_write_blank(place, line, number, formats.flag)
            }
            worksheet_write_comment(place, line, number, cut(text))
        }
        worksheet_freeze_panes(place, lxw_row_t(worksheet.headRows), 0)
        if width > 0, worksheet.headRows > 0, worksheet.cells.count > worksheet.headRows {
            worksheet_autofilter(
                place, lxw_row_t(worksheet.headRows - 1), 0, lxw_row_t(worksheet.cells.count - 1), lxw_col_t(width - 1))
        }
    }

    /// How wide a cell should be; spreadsheets round numbers to the width of their column.
    private static func characters(of cell: CellValue) -> Int {
        if case .number = cell { return min(10, cell.text.count) }
        return cell.text.count
    }
}
