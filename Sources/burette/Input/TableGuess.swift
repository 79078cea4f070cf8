import Campaigns
import Foundation
import Instruments

/// What the columns of a table of earlier measurements may be: guessed, and said.
struct TableGuess {
    private(set) var parameters: [DraftParameter] = []
    private(set) var objectives: [DraftObjective] = []
    /// What was guessed, a line for each column.
    private(set) var lines: [String] = []
    /// The columns that are neither.
    private(set) var ignored: [String] = []

    /// Numbers with at most so many different values are levels, where each comes twice on average.
    private static let mostLevels = 8

    /// Guesses from the table in `file`. `objectives` are those that are known; without any the last column of numbers is one, to be maximized.
    /// Throws ``WrongData``.
    init(file: String, objectives known: [DraftObjective]) throws {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw WrongData("\(file) cannot be read as text in UTF-8")
        }
        let table = try Spreadsheet(text, file: file)
        guard table.rows.count >= 2 else {
            throw WrongData("\(file) has \(table.rows.count) rows; two at least are needed to guess from")
        }
        let columns = table.header.enumerated().compactMap { index, header -> Column? in
            guard !header.isEmpty, !["job", "worker", "began", "ended"].contains(header) else { return nil }
            return Column(header, table.rows.map { $0.fields.indices.contains(index) ? $0.fields[index] : "" })
        }
        for objective in known where !columns.contains(where: { $0.name == objective.name && $0.numbers != nil }) {
            throw WrongData(
                "\(file) has no column of numbers called \(objective.name) (\(columns.map(\.name).joined(separator: ", ")))"
            )
        }
        let guessed = known.isEmpty ? columns.last { $0.numbers != nil }.map { [$0.name] } ?? [] : []
        let names = known.map(\.name) + guessed
        guard !names.isEmpty else { throw WrongData("\(file) has no column of numbers that could be an objective") }
        for column in columns where names.contains(column.name) {
            let isMaximized = known.first { $0.name == column.name }?.isMaximized ?? true
            let objective = DraftObjective(
                name: column.name, isMaximized: isMaximized,
                unit: known.first { $0.name == column.name }?.unit ?? column.unit)
            objectives.append(objective)
            let why = guessed.isEmpty ? "" : "; the last column of numbers. Otherwise: --objective NAME=minimize"
            lines.append("\(column.name): objective, \(isMaximized ? "maximize" : "minimize")\(why)")
        }
        for column in columns where !names.contains(column.name) {
            guard let domain = column.domain(mostLevels: Self.mostLevels) else {
                ignored.append(column.name)
                lines.append("\(column.name): left out, it has one value only, or too many texts")
                continue
            }
            parameters.append(DraftParameter(name: column.name, domain: domain, unit: column.unit))
            lines.append("\(column.name): \(Self.words(for: domain, column.unit))")
        }
        guard !parameters.isEmpty else { throw WrongData("\(file) has no column that could be a parameter") }
    }

    private static func words(for domain: DraftParameter.Domain, _ unit: String?) -> String {
        let unit = unit.map { " \($0)" } ?? ""
        return switch domain {
        case .range(let low, let high, _): "continuous, \(low.shortest) to \(high.shortest)\(unit)"
        case .levels(let levels): "discrete, \(levels.map(\.shortest).joined(separator: ", "))\(unit)"
        case .options(let options): "categorical, \(options.joined(separator: ", "))"
        }
    }

    private struct Column {
        let name: String
        let unit: String?
        let texts: [String]
        /// The numbers; nil where a text is none.
        let numbers: [Double]?

        init(_ header: String, _ cells: [String]) {
            let match = header.wholeMatch(of: /(.+?)\s*[\(\[](.+)[\)\]]/) ?? header.wholeMatch(of: /(.+?)\s*\/\s*(.+)/)
            name = match.map { String($0.1) } ?? header
            unit = match.map { $0.2.trimmingCharacters(in: .whitespaces) }
            texts = cells.filter { !$0.isEmpty }
            let read = texts.map { try? TypedNumber.read($0, unit: nil) }
            numbers = texts.isEmpty || read.contains(nil) ? nil : read.compactMap(\.self)
        }

        func domain(mostLevels: Int) -> DraftParameter.Domain? {
            if let numbers {
                let levels = Set(numbers).sorted()
                guard levels.count > 1 else { return nil }
                if levels.count <= mostLevels, numbers.count >= 2 * levels.count { return .levels(levels) }
                return .range(low: levels[0], high: levels[levels.count - 1], isLogarithmic: false)
            }
            let options = texts.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            return options.count > 1 && options.count <= 100 ? .options(options) : nil
        }
    }
}
