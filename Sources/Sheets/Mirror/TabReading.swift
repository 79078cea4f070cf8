import Campaigns
import Foundation
import Spreadsheets

/// A worksheet as it was read: which column is which, and the rows with their jobs.
struct TabReading: Sendable {
    /// A row below the headings.
    struct Row: Sendable {
        /// Its place in the worksheet, from 0.
        let index: Int
        let cells: [ColumnRole: CellValue]
        let mark: RowMark?

        /// The job's id; empty where there is none.
        var id: String { text(.id) }
        func text(_ role: ColumnRole) -> String { cells[role]?.text ?? "" }
        /// Whether nothing stands in it.
        var isEmpty: Bool { cells.values.allSatisfy { $0.text.isEmpty } }
        /// What was written into a cell last.
        func written(_ role: ColumnRole) -> String { mark?.written[role.key] ?? "" }
        /// What a person has typed into a cell since; nil where nobody has.
        func typed(_ role: ColumnRole) -> String? {
            let text = text(role)
            return Self.isSame(text, written(role)) ? nil : text
        }

        /// Whether a cell has a value, or the same number in another form.
        func has(_ value: CellValue, at role: ColumnRole) -> Bool {
            if case .number = value { return Self.isSame(text(role), value.text) }
            return text(role) == value.text
        }

        /// Whether `text` is `original`, or its number as a program saves it: a spreadsheet shows 5.10 as 5.1, some save it as 5,1, and most of them round.
        static func isSame(_ text: String, _ original: String) -> Bool {
            if text == original { return true }
            guard !text.isEmpty, !original.isEmpty, let number = try? TypedNumber.read(text, unit: nil),
                let exact = try? TypedNumber.read(original, unit: nil)
            else { return false }
            return number == exact || savedDigits.contains { number == exact.rounded(toSignificantDigits: $0) }
        }

        /// The significant digits that programs leave of a number: files of CSV have what is shown, 1.23457E-05 at the least; in a workbook LibreOffice keeps 15, and
        /// libxlsxwriter 16.
        private static let savedDigits = 6...16
    }

    let layout: Layout
    /// The column of each role.
    let places: [ColumnRole: Int]
    /// How many columns are in use.
    let width: Int
    /// How many rows are in use.
    let height: Int
    let rows: [Row]
    let mark: TabMark

    /// Nil where the row of the keys is missing: it is no worksheet of a campaign, or a person has taken the row away.
    init?(_ grid: Grid, _ layout: Layout) {
        self.layout = layout
        guard let keys = grid.first, keys.contains(.text(ColumnRole.id.key)) else { return nil }
        var places: [ColumnRole: Int] = [:]
        for (role, _) in layout.columns {
            places[role] = keys.firstIndex { $0.text == role.key || role == .mark && $0.text.hasPrefix(role.key) }
        }
        self.places = places
        width = grid.map(\.count).max() ?? 0
        height = grid.count
        let markText = places[.mark].map { keys[$0].text.dropFirst(ColumnRole.mark.key.count) } ?? ""
        mark = TabMark(String(markText)) ?? TabMark()
        rows = grid.enumerated().dropFirst(Layout.headRows).map { index, cells in
            let known = places.compactMapValues { cells.indices.contains($0) ? cells[$0] : nil }
            let mark = RowMark(known[.mark]?.text ?? "")
            // A mark that came from another row, by copying, says nothing of this one.
            let isOwn = mark?.job == known[.id]?.text ?? ""
            return Row(index: index, cells: known, mark: isOwn ? mark : nil)
        }
    }

    /// The columns that a person has deleted.
    var missing: [(role: ColumnRole, heading: String)] { layout.columns.filter { places[$0.role] == nil } }

    /// A new row that has `values` in their columns.
    func newRow(_ values: [ColumnRole: CellValue]) -> [CellValue] {
        var cells = [CellValue](repeating: .empty, count: (places.values.max() ?? -1) + 1)
        for (role, value) in values { if let place = places[role] { cells[place] = value } }
        return cells
    }

    /// Changes that write `values` into a row, and nothing into the columns between theirs, which may be a person's own.
    func changes(writing values: [ColumnRole: CellValue], into row: Int) -> [SheetChange] {
        let cells = values.compactMap { role, value in places[role].map { (column: $0, value: value) } }
            .sorted { $0.column < $1.column }
        var changes: [SheetChange] = []
        var run: (column: Int, values: [CellValue])?
        for cell in cells {
            if let known = run, known.column + known.values.count == cell.column {
                run?.values.append(cell.value)
            } else {
                if let run { changes.append(.write(row: row, column: run.column, run.values)) }
                run = (cell.column, [cell.value])
            }
        }
        if let run { changes.append(.write(row: row, column: run.column, run.values)) }
        return changes
    }

    /// The key row with the mark of the worksheet.
    func changes(settingMark new: TabMark) -> [SheetChange] {
        guard new != mark, let place = places[.mark] else { return [] }
        return [.write(row: 0, column: place, [.text(ColumnRole.mark.key + new.text)])]
    }
}

extension Double {
    fileprivate func rounded(toSignificantDigits digits: Int) -> Double? {
        Double(String(format: "%.\(digits - 1)e", self))
    }
}
