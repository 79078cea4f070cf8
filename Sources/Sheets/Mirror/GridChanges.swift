import Spreadsheets

extension Grid {
    /// Makes a change of rows and cells, as a spreadsheet does; what it says of notes is for who shows them.
    mutating func make(_ change: SheetChange) {
        switch change {
        case .write(let row, let column, let values):
            while count <= row { append([]) }
            while self[row].count < column + values.count { self[row].append(.empty) }
            for (index, value) in values.enumerated() { self[row][column + index] = value }
        case .insert(let row, let values):
            while count < row { append([]) }
            insert(values, at: row)
        case .append(let rows): self += rows
        case .move(let row, let to): if indices.contains(row) { insert(remove(at: row), at: Swift.min(to, count)) }
        case .delete(let row): if indices.contains(row) { remove(at: row) }
        case .flag: break
        }
    }
}
