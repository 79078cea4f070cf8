import Spreadsheets

extension Grid {
    /// What is wrong with the cells of a worksheet, as the marks of its rows say: by row, and by the column's key.
    var problems: [(row: Int, flags: [String: String])] {
        guard let mark = first?.firstIndex(where: { $0.text.hasPrefix(ColumnRole.mark.key) }) else { return [] }
        return enumerated().dropFirst(Layout.headRows).compactMap { index, row in
            guard row.indices.contains(mark), let flags = RowMark(row[mark].text)?.flags, !flags.isEmpty else {
                return nil
            }
            return (index, flags)
        }
    }
}
