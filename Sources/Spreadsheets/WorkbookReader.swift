import Campaigns
import Foundation

extension Workbook {
    /// A file that is no workbook, or a damaged one.
    public struct Unreadable: CodedError, CustomStringConvertible {
        public let description: String
        public var code: String { "unreadable" }
    }

    /// The worksheets of a file in Office Open XML (ECMA-376, part 1, section 18), in their order, as Excel, LibreOffice and others save it.
    ///
    /// Formulas have the value that the program which saved them found; where it found none, the formula itself is the text. Dates are
    /// texts. Throws ``Unreadable``. Cost: linear in the cells, all of which are in memory.
    public static func read(_ data: Data) throws -> [(name: String, cells: Grid)] {
        let parts = try Parts(data)
        let (strings, dates) = (try parts.strings(), try parts.dates())
        return try parts.sheets.map { sheet in
            guard let data = try parts.archive.part(sheet.part) else {
                throw Unreadable(description: "its worksheet \(sheet.name) is missing")
            }
            return (sheet.name, try WorksheetCells(data, strings, dates).grid)
        }
    }

    /// Where the parts of a workbook are.
    private struct Parts {
        let archive: ZipArchive
        let workbook: String
        var sheets: [(name: String, part: String)] = []
        private var sharedStrings: String?
        private var styles: String?
        private var isFrom1904 = false

        init(_ data: Data) throws {
            archive = try ZipArchive(data)
            let top = try Self.relations(of: "", in: archive)
            guard let workbook = top.first(where: { $0.type == "officeDocument" })?.target,
                let document = try archive.part(workbook)
            else { throw Unreadable(description: "it is no workbook: it has no part officeDocument") }
            self.workbook = workbook
            let relations = try Self.relations(of: workbook, in: archive)
            sharedStrings = relations.first { $0.type == "sharedStrings" }?.target
            styles = relations.first { $0.type == "styles" }?.target
            var isFrom1904 = false
            var found: [(name: String, id: String)] = []
            try XMLElements.read(document) { name, attributes in
                if name == "workbookPr" { isFrom1904 = ["1", "true"].contains(attributes["date1904"]) }
                guard name == "sheet", let title = attributes["name"] else { return }
                found.append((title, attributes.first { $0.key.hasSuffix(":id") }?.value ?? ""))
            } end: { _, _ in
            }
            self.isFrom1904 = isFrom1904
            sheets = found.compactMap { sheet in
                // Charts and macros have sheets of their own, without cells.
                relations.first { $0.id == sheet.id && $0.type == "worksheet" }.map { (sheet.name, $0.target) }
            }
        }

        private struct Relation {
            let id: String
            let type: String
            let target: String
        }

        /// What a part refers to, by the names of the parts in the archive.
        private static func relations(of part: String, in archive: ZipArchive) throws -> [Relation] {
            let slash = part.lastIndex(of: "/").map { part.index(after: $0) } ?? part.startIndex
            let (folder, file) = (String(part[..<slash]), part[slash...])
            guard let data = try archive.part("\(folder)_rels/\(file).rels") else { return [] }
            var relations: [Relation] = []
            try XMLElements.read(data) { name, attributes in
                guard name == "Relationship", let id = attributes["Id"], let target = attributes["Target"] else {
                    return
                }
                let type = attributes["Type"]?.split(separator: "/").last.map(String.init) ?? ""
                relations.append(Relation(id: id, type: type, target: Self.path(target, in: folder)))
            } end: { _, _ in
            }
            return relations
        }

        private static func path(_ target: String, in folder: String) -> String {
            var steps: [Substring] = []
            for step in ((target.hasPrefix("/") ? "" : folder) + target).split(separator: "/") where step != "." {
                if step == ".." { _ = steps.popLast() } else { steps.append(step) }
            }
            return steps.joined(separator: "/")
        }

        func dates() throws -> WorkbookDates {
            try WorkbookDates(try styles.flatMap { try archive.part($0) }, isFrom1904: isFrom1904)
        }

        /// The texts that cells refer to by number.
        func strings() throws -> [String] {
            guard let sharedStrings, let data = try archive.part(sharedStrings) else { return [] }
            var (strings, text, isReading): ([String], String, Bool) = ([], "", true)
            try XMLElements.read(data) { name, _ in
                if name == "si" { text = "" }
                // How a text is pronounced is no part of it.
                if name == "rPh" { isReading = false }
            } end: { name, characters in
                switch name {
                case "t": if isReading { text += characters }
                case "rPh": isReading = true
                case "si": strings.append(text.withoutEscapes)
                default: break
                }
            }
            return strings
        }
    }
}

extension String {
    /// The text with the control characters that `_x000D_` and the like stand for (ECMA-376, part 1, section 22.9.2.19).
    var withoutEscapes: String {
        guard contains("_x") else { return self }
        return replacing(/_x([0-9A-Fa-f]{4})_/) { match in
            UInt32(match.output.1, radix: 16).flatMap(Unicode.Scalar.init).map(String.init) ?? String(match.output.0)
        }
    }
}
