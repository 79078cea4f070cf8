import Campaigns
import Foundation
import Monitoring
import ServiceRuntime
import Spreadsheets
import SwiftCSV

/// The worksheets as files of CSV in a folder, for laboratories that may not use a cloud: Excel and others open and save them. Each is replaced as a whole,
/// by renaming, and only where nobody has saved it since it was read.
public actor FolderSpreadsheet: Spreadsheet {
    private let dialect: Dialect
    private let dependencies: Dependencies
    private var files: [Tab: SharedFile]
    private var grids: [Tab: Grid] = [:]

    /// How numbers and fields are written.
    public enum Dialect: Sendable {
        /// Commas between fields, decimal points.
        case commas
        /// Semicolons between fields, decimal commas: as spreadsheets of many countries save it.
        case semicolons
    }

    /// The files in a folder, which is made.
    public init(_ directory: String, dialect: Dialect, dependencies: Dependencies = .real) throws {
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        (self.dialect, self.dependencies) = (dialect, dependencies)
        files = Dictionary(
            uniqueKeysWithValues: Tab.allCases.map {
                ($0, SharedFile(folder.appendingPathComponent("\($0.rawValue.lowercased()).csv")))
            })
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    public nonisolated var isLocal: Bool { true }

    public func mayHaveChanged() throws -> Bool { try files.values.contains { try $0.hasChanged() } }

    public func read(heads: [Tab: [[CellValue]]]) async throws -> [Tab: Grid] {
        for tab in Tab.allCases {
            let hasChanged = try files[tab]?.read() ?? false
            if let data = files[tab]?.contents {
                guard hasChanged else { continue }
                do { grids[tab] = try Self.grid(data) } catch {
                    files[tab]?.forget()
                    throw error
                }
            } else {
                try write(heads[tab] ?? [], to: tab)
            }
        }
        return grids
    }

    public func apply(_ changes: [(tab: Tab, changes: [SheetChange])]) async throws {
        for (tab, list) in changes where !list.isEmpty {
            var grid = grids[tab] ?? []
            for change in list { grid.make(change) }
            try write(grid, to: tab)
        }
    }

    public func setAside(_ tab: Tab) async throws {
        guard let file = files[tab] else { return }
        try FileManager.default.moveItem(at: file.url, to: file.aside(at: dependencies.now()))
    }

    private func write(_ grid: Grid, to tab: Tab) throws {
        try files[tab]?.check()
        let grid = Self.withProblems(grid)
        let separator = dialect == .commas ? "," : ";"
        let text = grid.map { row in row.map(field).joined(separator: separator) + "\r\n" }.joined()
        // With the mark by which Excel knows UTF-8.
        try files[tab]?.replace(with: Data("\u{FEFF}\(text)".utf8))
        grids[tab] = grid
    }

    private func field(_ cell: CellValue) -> String {
        switch cell {
        case .empty: return ""
        case .number(let number):
            return dialect == .commas ? number.shortest : number.shortest.replacing(".", with: ",")
        case .truth: return cell.text
        case .text(let text):
            // A number that somebody typed stays as it is; no other text begins like a formula.
            if (try? TypedNumber.read(text, unit: nil)) != nil, !text.contains(",") || dialect == .semicolons {
                return text
            }
            let field = CSVField.text(text)
            let isQuoted = field.hasPrefix("\"")
            return text.contains(";") && !isQuoted ? "\"\(field)\"" : field
        }
    }

    private static let problems = "burette.problems"

    /// What is wrong with a row stands in a column of its own: a file has no notes.
    private static func withProblems(_ grid: Grid) -> Grid {
        guard let keys = grid.first, keys.contains(where: { $0.text.hasPrefix(ColumnRole.mark.key) }) else {
            return grid
        }
        let place = keys.firstIndex(of: .text(problems)) ?? (grid.map(\.count).max() ?? 0)
        let texts = Dictionary(
            uniqueKeysWithValues: grid.problems.map { row, flags in
                let words = flags.sorted { $0.key < $1.key }.map(\.value)
                return (row, words.enumerated().filter { !words[..<$0.offset].contains($0.element) }.map(\.element))
            })
        var grid = grid
        for index in grid.indices {
            let text = [problems, "problems"].dropFirst(index).first ?? texts[index]?.joined(separator: "; ") ?? ""
            grid.make(.write(row: index, column: place, [CellValue(text)]))
        }
        return grid
    }

    /// The cells of a file, whatever program has saved it.
    private static func grid(_ data: Data) throws -> Grid {
        var text = String(data: data, encoding: .utf8) ?? String(data: data, encoding: .windowsCP1252) ?? ""
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        guard !text.isEmpty else { return [] }
        let first = text.prefix { !$0.isNewline }
        let delimiter: CSVDelimiter = first.count { $0 == ";" } > first.count { $0 == "," } ? .semicolon : .comma
        let csv = try CSV<Enumerated>(string: text, delimiter: delimiter, loadColumns: false)
        // Where fields are separated by semicolons a comma is the decimal sign, and nothing else.
        let hasDecimalCommas = delimiter == .semicolon
        return ([csv.header] + csv.rows).map { row in
            row.map { field in
                let isNumber = hasDecimalCommas && field.wholeMatch(of: /[+-]?\d*,\d+([eE][+-]?\d+)?/) != nil
                return CellValue(isNumber ? field.replacing(",", with: ".") : CSVField.read(field))
            }
        }
    }
}
