import CXlsxWriter
import Campaigns
import Foundation
import Monitoring

/// Tables as a file that Excel, LibreOffice and others open: Office Open XML (ECMA-376), written by libxlsxwriter.
public enum Workbook {
    /// A file that could not be written.
    public struct Unwritable: CodedError, CustomStringConvertible {
        public let description: String
        public var code: String { "unwritable" }
    }

    /// The longest text that a cell holds, in UTF-16 code units.
    private static let longestText = 32_767
    /// The most rows that a table has, its heading included.
    private static let mostRows = 1_048_576

    /// Writes `sheets`, each with its name, to a new file at `path`. Texts stay texts, also those that look like formulas or numbers; numbers have 16 digits;
    /// times are dates in UTC. Throws ``Unwritable``. Cost: linear in the cells, all of which are in memory until they are written.
    public static func write(_ sheets: [(name: String, sheet: Sheet)], to path: String) throws {
        try make(path) { workbook in
            for (name, sheet) in sheets {
                write(sheet, to: try workbook.worksheet(name, rows: sheet.rows.count + 1), workbook.formats)
            }
        }
    }

    /// The same file as bytes. Cost: twice that of ``write(_:to:)``, with a file in the temporary folder.
    public static func bytes(_ sheets: [(name: String, sheet: Sheet)]) throws -> Data {
        try bytes { try write(sheets, to: $0) }
    }

    /// What `write` writes to the file whose path it gets.
    static func bytes(_ write: (String) throws -> Void) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("burette-\(UUID().uuidString).xlsx")
        defer { try? FileManager.default.removeItem(at: file) }
        try write(file.path)
        return try Data(contentsOf: file)
    }

    /// A workbook that is being written.
    struct Draft {
        let path: String
        let workbook: UnsafeMutablePointer<lxw_workbook>
        let formats: Formats

        /// A new worksheet for a number of rows.
        func worksheet(_ name: String, rows: Int) throws -> UnsafeMutablePointer<lxw_worksheet> {
            guard rows <= mostRows else {
                throw Unwritable(
                    description: "\(name) has \(rows) rows, more than a spreadsheet holds; export CSV instead")
            }
            guard let worksheet = workbook_add_worksheet(workbook, name) else {
                throw Unwritable(description: "\(path) cannot have a sheet \"\(name)\"")
            }
            return worksheet
        }
    }

    /// Writes the file at `path` as `fill` says.
    static func make(_ path: String, _ fill: (Draft) throws -> Void) throws {
        guard let workbook = workbook_new(path) else { throw Unwritable(description: "\(path) cannot be written") }
        do {
            try fill(Draft(path: path, workbook: workbook, formats: Formats(workbook)))
        } catch {
            _ = workbook_close(workbook)
            throw error
        }
        let error = workbook_close(workbook)
        guard error == LXW_NO_ERROR else {
            throw Unwritable(description: "\(path) cannot be written: \(String(cString: lxw_strerror(error)))")
        }
    }

    /// How cells look.
    struct Formats {
        let heading: UnsafeMutablePointer<lxw_format>?
        let time: UnsafeMutablePointer<lxw_format>?
        /// What calls a person's attention to a cell.
        let flag: UnsafeMutablePointer<lxw_format>?

        init(_ workbook: UnsafeMutablePointer<lxw_workbook>) {
            heading = workbook_add_format(workbook)
            format_set_bold(heading)
            time = workbook_add_format(workbook)
            format_set_num_format(time, "yyyy-mm-dd hh:mm:ss")
            flag = workbook_add_format(workbook)
            format_set_bg_color(flag, 0xF4C7C3)
        }
    }

    private static func write(_ sheet: Sheet, to worksheet: UnsafeMutablePointer<lxw_worksheet>, _ formats: Formats) {
        for (index, column) in sheet.columns.enumerated() {
            let place = lxw_col_t(index)
            let heading = column.name + (column.isTime ? " (UTC)" : column.unit.map { " (\($0))" } ?? "")
            worksheet_write_string(worksheet, 0, place, cut(heading), formats.heading)
            let longest = sheet.rows.prefix(200).map { width(of: $0[index]) }.max() ?? 0
            worksheet_set_column(worksheet, place, place, Double(min(40, max(heading.count, longest)) + 2), nil)
        }
        for (number, row) in sheet.rows.enumerated() {
            for (index, cell) in row.enumerated() {
                let (line, place) = (lxw_row_t(number + 1), lxw_col_t(index))
                switch cell {
                case .empty: continue
                case .text(let text): write(.text(text), to: worksheet, line, place, nil)
                case .number(let number): write(.number(number), to: worksheet, line, place, nil)
                case .time(let seconds):
                    worksheet_write_unixtime(worksheet, line, place, Int64(seconds.rounded()), formats.time)
                }
            }
        }
        worksheet_freeze_panes(worksheet, 1, 0)
        if !sheet.columns.isEmpty, !sheet.rows.isEmpty {
            worksheet_autofilter(worksheet, 0, 0, lxw_row_t(sheet.rows.count), lxw_col_t(sheet.columns.count - 1))
        }
    }

    private static func width(of cell: Sheet.Cell) -> Int {
        switch cell {
        case .empty: 0
        case .text(let text): text.count
        case .number(let number): number.shortest.count
        case .time: 19
        }
    }

    /// Writes a cell; an empty one is left out.
    static func write(
        _ cell: CellValue, to worksheet: UnsafeMutablePointer<lxw_worksheet>, _ line: lxw_row_t, _ place: lxw_col_t,
        _ format: UnsafeMutablePointer<lxw_format>?
    ) {
        switch cell {
        case .empty: break
        case .text(let text): worksheet_write_string(worksheet, line, place, cut(text), format)
        case .number(let number) where number.isFinite: worksheet_write_number(worksheet, line, place, number, format)
        case .number(let number): worksheet_write_string(worksheet, line, place, "\(number)", format)
        case .truth(let truth): worksheet_write_boolean(worksheet, line, place, truth ? 1 : 0, format)
        }
    }

    static func cut(_ text: String) -> String {
        let text = text.withEscapes
        guard text.utf16.count > longestText else { return text }
        return String(text.unicodeScalars.prefix(longestText / 2).map(Character.init))
    }
}

extension String {
    /// The text in which what looks like an escape is none; libxlsxwriter escapes control characters alone.
    fileprivate var withEscapes: String {
        contains("_x") ? replacing(/_x[0-9A-Fa-f]{4}_/) { "_x005F\($0.output)" } : self
    }
}
