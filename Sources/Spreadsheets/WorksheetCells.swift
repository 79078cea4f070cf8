import Foundation

/// The cells of one worksheet as its part has them (ECMA-376, part 1, section 18.3.1).
struct WorksheetCells {
    private(set) var grid: Grid = []

    /// The most columns and rows that a worksheet has.
    private static let (mostColumns, mostRows) = (16_384, 1_048_576)
    /// The most cells that are taken, empty ones between others included: a small file can claim any number.
    private static let mostCells = 8_000_000

    /// What is known of a cell while it is read.
    private struct Cell {
        var type = ""
        var value = ""
        var formula = ""
        var inline = ""
        var style: Int?
    }

    init(_ data: Data, _ strings: [String], _ dates: WorkbookDates) throws {
        var (grid, row, column): (Grid, Int, Int) = ([], -1, -1)
        var cell = Cell()
        var (isReading, count) = (true, 0)
        try XMLElements.read(data) { name, attributes in
            switch name {
            case "row":
                row = attributes["r"].flatMap(Int.init).map { $0 - 1 } ?? row + 1
                column = -1
            case "c":
                cell = Cell(type: attributes["t"] ?? "", style: attributes["s"].flatMap(Int.init))
                column = attributes["r"].flatMap(Self.column) ?? column + 1
            case "rPh": isReading = false
            default: break
            }
        } end: { name, text in
            switch name {
            case "v": cell.value = text
            case "f": cell.formula = text
            case "t": if isReading { cell.inline += text }
            case "rPh": isReading = true
            case "c":
                let value = Self.value(cell, strings, dates)
                guard value != .empty, (0..<Self.mostRows).contains(row), (0..<Self.mostColumns).contains(column) else {
                    return
                }
                let known = grid.indices.contains(row) ? grid[row].count : 0
                count += max(0, column + 1 - known)
                guard count <= Self.mostCells else { return }
                while grid.count <= row { grid.append([]) }
                while grid[row].count <= column { grid[row].append(.empty) }
                grid[row][column] = value
            default: break
            }
        }
        guard count <= Self.mostCells else {
            throw Workbook.Unreadable(description: "one of its worksheets has more than \(Self.mostCells) cells")
        }
        self.grid = grid
    }

    /// The number of a column in a reference such as `AB12`, from 0.
    private static func column(_ reference: String) -> Int? {
        var number = 0
        for letter in reference.uppercased().utf8 {
            guard (65...90).contains(letter), number <= mostColumns else { break }
            number = number * 26 + Int(letter) - 64
        }
        return number > 0 ? number - 1 : nil
    }

    private static func value(_ cell: Cell, _ strings: [String], _ dates: WorkbookDates) -> CellValue {
        if !cell.formula.isEmpty, cell.value.isEmpty { return .text("=\(cell.formula)") }
        switch cell.type {
        case "s": return CellValue(Int(cell.value).flatMap { strings.indices.contains($0) ? strings[$0] : nil })
        case "inlineStr": return CellValue(cell.inline.withoutEscapes)
        case "str": return CellValue(cell.value.withoutEscapes)
        case "b": return cell.value.isEmpty ? .empty : .truth(cell.value == "1" || cell.value == "true")
        case "", "n":
            guard let number = Double(cell.value) else { return CellValue(cell.value) }
            return dates.text(number, style: cell.style).map(CellValue.text) ?? .number(number)
        default: return CellValue(cell.value)
        }
    }
}
