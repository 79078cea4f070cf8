import Campaigns
import Crypto
import Foundation
import Monitoring
import SwiftCSV

/// The rows of a file of observations.
struct ImportedTable {
    struct Row {
        var observation: Observation
        var worker: String?
    }

    private(set) var rows: [Row] = []
    /// The columns that are no parameter, no objective, and not from an export.
    private(set) var ignored: String?
    /// How many rows were left out because a person had called their results wrong.
    private(set) var excluded = 0

    private let asMeasured: Bool
    private var refused: [WrongData] = []

    /// Reads all of `file`; `asMeasured` its points may lie outside the ranges, and between levels. Throws ``WrongData`` with every row that
    /// does not fit `campaign`.
    init(file: String, format: Export.Format?, campaign: Campaign, asMeasured: Bool) throws {
        self.asMeasured = asMeasured
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw WrongData("\(file) cannot be read as text in UTF-8")
        }
        let isTable = [".csv", ".tsv", ".txt"].contains { file.lowercased().hasSuffix($0) }
        switch format ?? (isTable ? .csv : .jsonl) {
        case .csv: try read(csv: text, file, campaign)
        case .jsonl: try read(jsonl: text, file, campaign)
        }
        try requireNothingRefused(file)
    }

    /// Throws what is wrong with all the rows that were refused.
    private func requireNothingRefused(_ file: String) throws {
        guard let first = refused.first else { return }
        let isOnlyPlace = refused.allSatisfy { ["out-of-range", "not-a-level"].contains($0.code) }
        let hint = isOnlyPlace ? "; if that is what was really set, import it with --as-measured" : ""
        guard refused.count > 1 else {
            if !hint.isEmpty, let refusal = first.refusal {
                throw WrongData(first.description + hint, because: refusal)
            }
            throw first
        }
        let shown = refused.prefix(20).map { "\n  \($0)" }.joined()
        let rest = refused.count > 20 ? "\n  and \(refused.count - 20) more" : ""
        throw WrongData("\(file): \(refused.count) rows cannot be taken\(hint)\(shown)\(rest)")
    }

    /// Takes a row, or keeps what is wrong with it.
    private mutating func take(_ row: Result<Row, any Error>) throws {
        do { rows.append(try row.get()) } catch let error as WrongData { refused.append(error) }
    }

    private mutating func read(csv text: String, _ file: String, _ campaign: Campaign) throws {
        let table = try Spreadsheet(text, file: file)
        let units = campaign.units ?? [:]
        let (parameters, objectives) = (campaign.space.parameters.map(\.name), campaign.objectives.map(\.name))
        let errors = objectives.map(ObservationExport.errorColumn)
        var columns: [String: Int] = [:]
        var foreign: [String] = []
        for (index, field) in table.header.enumerated() where !field.isEmpty {
            let header = CSVField.read(field)
            let column = Spreadsheet.Column(header, known: parameters + objectives + errors + Self.exported)
            guard let name = column.name else {
                foreign.append(header)
                continue
            }
            guard columns.updateValue(index, forKey: name) == nil else {
                throw WrongData("\(file): the column \"\(name)\" stands twice in its header; take one of them out")
            }
            if let unit = column.unit, let wanted = units[name], unit != wanted {
                throw WrongData(
                    "\(file): the column \"\(header)\" is in \(unit), and the campaign has \(name) in \(wanted)")
            }
        }
        // What was measured before a parameter was added has its value of that time; one that may be absent needs no column.
        let needed = campaign.space.parameters.filter { $0.earlier == nil && $0.when == nil }.map(\.name) + objectives
        for name in needed where columns[name] == nil {
            throw WrongData("\(file): there is no column \"\(name)\" (\(table.header.joined(separator: ", ")))")
        }
        ignored = foreign.isEmpty ? nil : foreign.joined(separator: ", ")
        for (number, fields) in table.rows {
            func cell(_ name: String) -> String? {
                columns[name].flatMap { fields.indices.contains($0) ? fields[$0] : nil }.flatMap {
                    $0.isEmpty ? nil : CSVField.read($0)
                }
            }
            func cells(_ names: [String]) -> [String: String] {
                Dictionary(names.compactMap { name in cell(name).map { (name, $0) } }) { $1 }
            }
            guard cell(ObservationExport.excludedColumn) == nil else {
                excluded += 1
                continue
            }
            let known = objectives.compactMap { name in cell(ObservationExport.errorColumn(of: name)).map { (name, $0) }
            }
            let typed = TypedRow(
                cells(parameters), cells(objectives), errors: Dictionary(known, uniquingKeysWith: { $1 }))
            let row = Result {
                let observation = try typed.observation(
                    of: campaign, at: "\(file), row \(number)", needsValues: true, asMeasured: asMeasured)
                return Row(observation: observation, worker: cell("worker"))
            }
            try take(row)
        }
    }

    /// What `burette export` writes beside parameters and objectives.
    private static let exported = ["job", "worker", "began", "ended", ObservationExport.excludedColumn]
    private struct Line: Decodable {
        var parameters: Point
        var values: [String: Double]
        var worker: String?
        var limits: [String: Limit]?
        var errors: [String: Double]?
        var excluded: String?
    }

    private mutating func read(jsonl text: String, _ file: String, _ campaign: Campaign) throws {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            let row = Result { () throws -> (row: Row, excluded: String?) in
                guard let row = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
                    throw WrongData(
                        "\(file), line \(number + 1): it is no {\"parameters\": {...}, \"values\": {...}} with numbers as values"
                    )
                }
                let injection = Event.Injection(
                    job: JobID("0"), parameters: row.parameters, values: row.values, by: "", reason: "",
                    asMeasured: asMeasured, errors: row.errors)
                if let refusal = campaign.refusal(of: injection) {
                    throw WrongData("\(file), line \(number + 1)", refusal)
                }
                let observation = Observation(
                    parameters: row.parameters, values: row.values, limits: row.limits, errors: row.errors)
                return (Row(observation: observation, worker: row.worker), row.excluded)
            }
            if case .success((_, let reason?)) = row, !reason.isEmpty {
                excluded += 1
            } else {
                try take(row.map(\.row))
            }
        }
    }
}

extension ImportedTable {
    /// The rows as injected experiments. The same measurement twice in a file is two; the same file twice is one.
    func events(of campaign: CampaignName, whence: String, now: Double, asMeasured: Bool) -> [Event] {
        var copies: [String: Int] = [:]
        return rows.map { row in
            let print = row.fingerprint
            copies[print, default: 0] += 1
            let id = "import-\(print)-\(copies[print] ?? 1)"
            return Event(
                id: id, campaign: campaign, time: now,
                body: .injected(
                    .init(
                        job: JobID(id), parameters: row.observation.parameters, values: row.observation.values,
                        by: row.worker ?? OperatorOrders.defaultName, reason: whence,
                        asMeasured: asMeasured ? true : nil, limits: row.observation.limits,
                        errors: row.observation.errors)))
        }
    }
}

extension ImportedTable.Row {
    /// What tells it from other measurements: the first half of a SHA-256 of all that it says.
    var fingerprint: String {
        let said =
            observation.parameters.map { "\($0)=\($1)" }.sorted() + observation.values.map { "\($0):\($1)" }.sorted()
            + [worker ?? ""]
        return SHA256.hash(data: Data(said.joined(separator: "\n").utf8)).prefix(16).hexadecimal
    }
}

/// A table as spreadsheets write it: a byte order mark, a first line `sep=;`, commas, semicolons or tabs, any ends of lines, empty lines, and
/// separators behind the last column.
struct Spreadsheet {
    private(set) var header: [String] = []
    /// The rows that have anything in them, and their numbers below the header.
    private(set) var rows: [(number: Int, fields: [String])] = []

    /// Reads `text`, which came from `file`. Throws ``WrongData``.
    init(_ text: String, file: String) throws {
        var text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        var delimiter: CSVDelimiter?
        if let first = text.split(maxSplits: 1, whereSeparator: \.isNewline).first,
            let match = first.wholeMatch(of: /sep=(.)/)
        {
            delimiter = .character(Character(String(match.1)))
            text = String(text[first.endIndex...].drop(while: \.isNewline))
        }
        let table: CSV<Enumerated>
        do {
            text = String(text.drop(while: \.isNewline))
            table =
                try delimiter.map { try CSV<Enumerated>(string: text, delimiter: $0, loadColumns: false) }
                ?? CSV<Enumerated>(string: text, loadColumns: false)
        } catch {
            throw WrongData("\(file) is no CSV: \(error)")
        }
        header = table.header.map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, fields) in table.rows.enumerated() {
            let fields = fields.map { $0.trimmingCharacters(in: .whitespaces) }
            if fields.contains(where: { !$0.isEmpty }) { rows.append((index + 1, fields)) }
        }
    }

    /// What a column's header says: `T`, `T (°C)`, `T [°C]` or `T/°C`.
    struct Column {
        /// Which of the known names; nil where it is none of them.
        private(set) var name: String?
        private(set) var unit: String?

        init(_ header: String, known: [String]) {
            if known.contains(header) {
                name = header
                return
            }
            for pattern in [/(.+?)\s*\((.+)\)/, /(.+?)\s*\[(.+)\]/, /(.+?)\s*\/\s*(.+)/] {
                guard let match = header.wholeMatch(of: pattern), known.contains(String(match.1)) else { continue }
                (name, unit) = (String(match.1), match.2.trimmingCharacters(in: .whitespaces))
                return
            }
        }
    }
}
