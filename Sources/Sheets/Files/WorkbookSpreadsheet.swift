import Campaigns
import Foundation
import ServiceRuntime
import Spreadsheets

/// The worksheets in one workbook, for laboratories that may not use a cloud: Excel, LibreOffice and others open and save it. It is replaced as a whole,
/// and not while somebody has it open. A workbook with other worksheets is read, but not written: they would be lost.
public actor WorkbookSpreadsheet: Spreadsheet {
    private var file: SharedFile
    private let dependencies: Dependencies
    private var grids: [Tab: Grid] = [:]
    /// The worksheets that are no campaign's.
    private var others: [String] = []

    /// The workbook cannot be read, or written over.
    public struct Unusable: CodedError, CustomStringConvertible {
        public let description: String
        public var code: String { "unusable-workbook" }
    }

    /// The workbook at `path`, whether it is there or not; its folder is made.
    public init(_ path: String, dependencies: Dependencies = .real) throws {
        (file, self.dependencies) = (SharedFile(URL(fileURLWithPath: path)), dependencies)
        try FileManager.default.createDirectory(
            at: file.url.deletingLastPathComponent(), withIntermediateDirectories: true)
    }

    public nonisolated var isLocal: Bool { true }

    public func mayHaveChanged() throws -> Bool { try file.hasChanged() }

    public func read(heads: [Tab: [[CellValue]]]) async throws -> [Tab: Grid] {
        if try file.read() {
            (grids, others) = ([:], [])
            do {
                for (name, cells) in try file.contents.map(Workbook.read) ?? [] {
                    if let tab = Tab(rawValue: name) { grids[tab] = cells } else { others.append(name) }
                }
            } catch let error as Workbook.Unreadable {
                file.forget()
                throw Unusable(description: "\(file.url.path) cannot be read: \(error)")
            }
        }
        for tab in Tab.allCases where grids[tab] == nil { grids[tab] = heads[tab] }
        return grids
    }

    public func apply(_ changes: [(tab: Tab, changes: [SheetChange])]) async throws {
        guard changes.contains(where: { !$0.changes.isEmpty }) else { return }
        var changed = grids
        for (tab, list) in changes { for change in list { changed[tab, default: []].make(change) } }
        try write(changed)
    }

    public func setAside(_ tab: Tab) async throws {
        guard let contents = file.contents else { return }
        // Before the copy: it would be made at every look until the workbook can be written.
        try check()
        try contents.write(to: file.aside(at: dependencies.now()), options: .atomic)
        var kept = grids
        kept[tab] = []
        try write(kept)
    }

    /// Throws ``SpreadsheetNotWritable`` where it is not to be replaced now.
    private func check() throws {
        guard others.isEmpty else {
            throw SpreadsheetNotWritable(
                description:
                    "\(file.url.path) is not written, since its worksheets \(others.joined(separator: ", ")) would be lost: move them to a workbook of their own"
            )
        }
        try file.check()
    }

    private func write(_ new: [Tab: Grid]) throws {
        try check()
        let worksheets = Tab.allCases.map { Self.worksheet($0, new[$0] ?? []) }
        do {
            try file.replace(with: try Workbook.bytes(worksheets))
        } catch let error as Workbook.Unwritable {
            throw Unusable(description: "\(file.url.path) cannot be written: \(error)")
        }
        grids = new
    }

    private static func worksheet(_ tab: Tab, _ grid: Grid) -> TypedWorksheet {
        let keys = grid.first ?? []
        let hidden = keys.indices.filter { column in
            [ColumnRole.id, .mark].contains { keys[column].text.hasPrefix($0.key) }
        }
        let notes = grid.problems.flatMap { row, flags in
            flags.sorted { $0.key < $1.key }.compactMap { key, text in
                keys.firstIndex { $0.text == key }.map { (row: row, column: $0, text: text) }
            }
        }
        return TypedWorksheet(
            name: tab.rawValue, cells: grid, headRows: Layout.headRows, hiddenRows: [0], hiddenColumns: Set(hidden),
            notes: notes)
    }
}
