import Foundation
import Spreadsheets

/// JSON that is put together here.
enum JSON: Codable, Sendable {
    case object([String: JSON])
    case array([JSON])
    case text(String)
    case number(Double)
    case truth(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSON].self) {
            self = .array(list)
        } else if let object = try? container.decode([String: JSON].self) {
            self = .object(object)
        } else {
            self = .null
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let object): try container.encode(object)
        case .array(let list): try container.encode(list)
        case .text(let text): try container.encode(text)
        case .number(let number):
            // Numbers of rows are whole.
            if let whole = Int(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
        case .truth(let truth): try container.encode(truth)
        case .null: try container.encodeNil()
        }
    }

    static func row(_ number: Int) -> JSON { .number(Double(number)) }
}

/// As `UNFORMATTED_VALUE` gives it.
extension CellValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = text.isEmpty ? .empty : .text(text)
        } else {
            self = .empty
        }
    }
}

extension CellValue {
    /// As `ExtendedValue` takes it. A text is never a formula there, nor a number: these have members of their own.
    fileprivate var cell: JSON {
        switch self {
        case .empty: .object([:])
        case .text(let text): .object(["userEnteredValue": .object(["stringValue": .text(text)])])
        case .number(let number) where number.isFinite:
            .object(["userEnteredValue": .object(["numberValue": .number(number)])])
        case .number(let number): .object(["userEnteredValue": .object(["stringValue": .text("\(number)")])])
        case .truth(let truth): .object(["userEnteredValue": .object(["boolValue": .truth(truth)])])
        }
    }
}

extension SheetChange {
    /// Few enough that a request of them is small.
    private static let rowsOfRequest = 100

    /// It as requests of `spreadsheets.batchUpdate`.
    func requests(_ sheet: Int) -> [JSON] {
        func place(_ row: Int, _ column: Int) -> JSON {
            .object(["sheetId": .row(sheet), "rowIndex": .row(row), "columnIndex": .row(column)])
        }
        func rows(_ row: Int) -> JSON {
            .object([
                "sheetId": .row(sheet), "dimension": .text("ROWS"), "startIndex": .row(row), "endIndex": .row(row + 1),
            ])
        }
        func cells(_ values: [CellValue]) -> JSON { .object(["values": .array(values.map(\.cell))]) }
        func request(_ name: String, _ members: [String: JSON]) -> JSON { .object([name: .object(members)]) }
        switch self {
        case .write(let row, let column, let values):
            return [
                request(
                    "updateCells",
                    ["start": place(row, column), "rows": .array([cells(values)]), "fields": .text("userEnteredValue")])
            ]
        case .insert(let row, let values):
            return [
                request("insertDimension", ["range": rows(row), "inheritFromBefore": .truth(false)]),
                request(
                    "updateCells",
                    ["start": place(row, 0), "rows": .array([cells(values)]), "fields": .text("userEnteredValue")]),
            ]
        case .append(let list):
            return stride(from: 0, to: list.count, by: Self.rowsOfRequest).map { first in
                let some = list[first..<min(first + Self.rowsOfRequest, list.count)]
                return request(
                    "appendCells",
                    ["sheetId": .row(sheet), "rows": .array(some.map(cells)), "fields": .text("userEnteredValue")])
            }
        case .move(let row, let to):
            return [request("moveDimension", ["source": rows(row), "destinationIndex": .row(to)])]
        case .delete(let row): return [request("deleteDimension", ["range": rows(row)])]
        case .flag(let row, let column, let note):
            var cell: [String: JSON] = [:]
            if let note {
                cell["note"] = .text(note)
                cell["userEnteredFormat"] = .object([
                    "backgroundColor": .object(["red": .number(1), "green": .number(0.85), "blue": .number(0.8)])
                ])
            }
            return [
                request(
                    "updateCells",
                    [
                        "start": place(row, column), "rows": .array([.object(["values": .array([.object(cell)])])]),
                        "fields": .text("note,userEnteredFormat.backgroundColor"),
                    ])
            ]
        }
    }
}

extension JSON {
    /// The first of `requests` that have no more than so many bytes together; one at least. Throws what encoding throws.
    static func leading(_ requests: [JSON], within most: Int) throws -> [JSON] {
        let encoder = JSONEncoder()
        var bytes = 0
        return try Array(
            requests.enumerated().prefix { index, request in
                bytes += try encoder.encode(request).count + 1
                return index == 0 || bytes <= most
            }.map(\.element))
    }

    /// Takes all merged cells of a worksheet apart.
    static func unmerge(_ sheet: Int) -> JSON {
        .object(["unmergeCells": .object(["range": .object(["sheetId": .row(sheet)])])])
    }

    /// A new worksheet with its head; the hidden columns come first, and the hidden row is the first.
    static func newSheet(_ tab: Tab, number: Int, heads: [[CellValue]]) -> [JSON] {
        func hide(_ dimension: String, _ from: Int, _ to: Int) -> JSON {
            .object([
                "updateDimensionProperties": .object([
                    "range": .object([
                        "sheetId": .row(number), "dimension": .text(dimension), "startIndex": .row(from),
                        "endIndex": .row(to),
                    ]), "properties": .object(["hiddenByUser": .truth(true)]), "fields": .text("hiddenByUser"),
                ])
            ])
        }
        return [
            .object([
                "addSheet": .object([
                    "properties": .object([
                        "sheetId": .row(number), "title": .text(tab.rawValue),
                        "gridProperties": .object(["frozenRowCount": .row(Layout.headRows)]),
                    ])
                ])
            ])
        ] + heads.enumerated().flatMap { SheetChange.write(row: $0, column: 0, $1).requests(number) } + [
            hide("ROWS", 0, 1), hide("COLUMNS", 0, 2),
        ]
    }
}
