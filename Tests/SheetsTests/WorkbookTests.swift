import Foundation
import Spreadsheets
import Support
import Testing

@testable import Sheets

@Suite("A workbook")
struct WorkbookTests {
    private static let cells: Grid = [
        [.text("burette.id"), .text("v.y")],
        [.text("id"), .text("y (°C)")],
        [.text("=1+1"), .number(0.1234567890123456), .truth(true), .empty, .text("1e3")],
        [],
        [.text("<&>\"\u{1F}_x0041_ \n ä"), .number(-1.5e-300), .truth(false)],
    ]

    private static func data() throws -> Data {
        try Workbook.bytes(
            Tab.allCases.map {
                TypedWorksheet(
                    name: $0.rawValue, cells: cells, headRows: 2, hiddenRows: [0], hiddenColumns: [0],
                    notes: [(row: 2, column: 1, text: "why"), (row: 3, column: 0, text: "empty")])
            })
    }

    @Test("reads as it was written: numbers with 16 digits, and texts that look like formulas, numbers or markup")
    func roundTrip() throws {
        let sheets = try Workbook.read(try Self.data())
        #expect(sheets.map(\.name) == ["Queue", "Pending", "Results"])
        for sheet in sheets { #expect(sheet.cells == Self.cells) }
    }

    @Test("that is damaged is refused or read, and ends nothing, whichever bytes are wrong", arguments: [1, 2, 3, 4])
    func damaged(seed: UInt64) throws {
        var random = Dice(seed: seed)
        let whole = try Self.data()
        var refused = 0
        for _ in 0..<200 {
            var data = whole
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { data = data.prefix(Int.random(in: 0...data.count, using: &random)) }
            do { _ = try Workbook.read(data) } catch is Workbook.Unreadable { refused += 1 }
        }
        #expect(refused > 100, "seed \(seed)")
    }

    @Test(
        "is neither replaced while it is open in a program, nor when somebody has saved it meanwhile, nor when it has other worksheets"
    )
    func protected() async throws {
        try await withFolder { try await protected(in: $0) }
    }

    private func protected(in folder: String) async throws {
        let path = folder + "/mine.xlsx"
        let workbook = try WorkbookSpreadsheet(path)
        let heads = Dictionary(uniqueKeysWithValues: Tab.allCases.map { ($0, Self.cells) })
        _ = try await workbook.read(heads: heads)
        let change = [(tab: Tab.queue, changes: [SheetChange.write(row: 2, column: 0, [.text("new")])])]
        try await workbook.apply(change)
        for owner in ["~$mine.xlsx", ".~lock.mine.xlsx#"] {
            let file = folder + "/" + owner
            try Data().write(to: URL(fileURLWithPath: file))
            await #expect(throws: SpreadsheetNotWritable.self) { try await workbook.apply(change) }
            try FileManager.default.removeItem(atPath: file)
        }
        try await workbook.apply(change)
        #expect(try await !workbook.mayHaveChanged(), "what it wrote itself")
        let person = try Workbook.bytes([
            TypedWorksheet(name: "Queue", cells: Self.cells, headRows: 2, hiddenRows: [], hiddenColumns: [], notes: []),
            TypedWorksheet(
                name: "Notes", cells: [[.text("mine")]], headRows: 0, hiddenRows: [], hiddenColumns: [], notes: []),
        ])
        try person.write(to: URL(fileURLWithPath: path))
        await #expect(throws: SpreadsheetNotWritable.self) { try await workbook.apply(change) }
        #expect(try await workbook.mayHaveChanged())
        #expect(try await workbook.read(heads: heads)[.queue] == Self.cells)
        #expect(try await !workbook.mayHaveChanged())
        let error = await #expect(throws: SpreadsheetNotWritable.self) { try await workbook.apply(change) }
        #expect(error?.description.contains("Notes") == true)
        // Nor is a worksheet set aside, of which a copy would be left each time.
        await #expect(throws: SpreadsheetNotWritable.self) { try await workbook.setAside(.queue) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["mine.xlsx"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == person)
        // One that cannot be read is never written over, however often it is looked at.
        try Data("no workbook".utf8).write(to: URL(fileURLWithPath: path))
        for _ in 0..<2 {
            await #expect(throws: WorkbookSpreadsheet.Unusable.self) { try await workbook.read(heads: heads) }
            await #expect(throws: SpreadsheetNotWritable.self) { try await workbook.apply(change) }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "no workbook")
    }
}
