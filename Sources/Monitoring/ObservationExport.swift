import Campaigns
import Foundation

/// The observations of a campaign as rows, for other programs: CSV or JSON lines, which `burette import` reads.
public struct ObservationExport: Sendable {
    /// An observation with its measurement.
    struct Row: Encodable, Sendable {
        var job: JobID?
        var worker: String
        var began: Double
        var ended: Double
        var parameters: Point
        var values: [String: Double]
        var attachments: [Attachment]?
        var cost: Double?
        var limits: [String: Limit]?
        var errors: [String: Double]?
        /// Why a person called it wrong.
        var excluded: String?
        /// What its worker said, where a person corrected it.
        var measured: [String: Double]?
        var comments: [Event.Comment]?
    }

    /// Where it says why a person called a result wrong.
    public static let excludedColumn = "excluded"
    /// The column of an objective's standard error.
    public static func errorColumn(of objective: String) -> String { "\(objective) error" }

    private let rows: [Row]
    private let parameters: [String]
    private let objectives: [String]

    /// The observations of a state: of what was imported, where no planner has opened the campaign. Cost: linear in their number.
    public init(_ state: CampaignState) {
        guard let campaign = state.definition else {
            // What was imported is all that is known, and names its own columns.
            let brought = state.broughtObservations
            rows = brought.map {
                Row(
                    job: $0.job, worker: "", began: 0, ended: 0, parameters: $0.parameters, values: $0.values,
                    limits: $0.limits, errors: $0.errors)
            }
            parameters = Set(brought.flatMap(\.parameters.keys)).sorted()
            objectives = Set(brought.flatMap(\.values.keys)).sorted()
            return
        }
        rows = state.observations.compactMap { observation -> Row? in
            guard let job = observation.job, let measurement = state.jobs[job]?.measurement else { return nil }
            return Row(
                job: job, worker: measurement.worker, began: measurement.began, ended: measurement.ended,
                parameters: state.definitions?.completed(observation.parameters) ?? observation.parameters,
                values: observation.values, attachments: measurement.attachments, cost: measurement.cost,
                limits: observation.limits, errors: observation.errors,
                excluded: state.isExcluded(observation) ? state.verdict(on: observation)?.reason : nil,
                measured: state.correction(of: job).map { _ in measurement.values }, comments: state.comments[job])
        }
        parameters = campaign.space.parameters.map(\.name)
        objectives = campaign.objectives.map(\.name)
    }

    /// A line of JSON for each observation. Throws if a number is not finite.
    public func jsonLines() throws -> [String] {
        try rows.map { String(decoding: try JSONEncoder.oneLine.encode($0), as: UTF8.self) }
    }

    /// The content of a file of CSV, with the line ends of RFC 4180.
    public func csv() -> String { csvLines().map { $0 + "\r\n" }.joined() }

    /// Lines of CSV (RFC 4180): a header, a line an observation, the parameters and objectives in the order of the campaign file.
    public func csvLines() -> [String] {
        let cost = rows.contains { $0.cost != nil } && !(parameters + objectives).contains("cost") ? ["cost"] : []
        let uncertain = objectives.filter { name in rows.contains { $0.errors?[name] != nil } }
        let excluded = rows.contains { $0.excluded != nil } ? [Self.excludedColumn] : []
        let columns =
            ["job", "worker", "began", "ended"] + parameters + objectives + uncertain.map(Self.errorColumn) + cost
            + excluded
        let header = columns.map(CSVField.text).joined(separator: ",")
        return [header]
            + rows.map { row in
                let head = [
                    CSVField.text(row.job?.rawValue ?? ""), CSVField.text(row.worker), "\(row.began)", "\(row.ended)",
                ]
                let point = parameters.map { name -> String in
                    guard let value = row.parameters[name] else { return "" }
                    return value.number.map(\.shortest) ?? CSVField.text("\(value)")
                }
                let values = objectives.map { name in
                    row.values[name].map { (row.limits?[name].map { "\($0.sign) " } ?? "") + $0.shortest } ?? ""
                }
                let errors = uncertain.map { row.errors?[$0]?.shortest ?? "" }
                let costs = cost.map { _ in row.cost?.shortest ?? "" }
                let reasons = excluded.map { _ in CSVField.text(row.excluded ?? "") }
                return (head + point + values + errors + costs + reasons).joined(separator: ",")
            }
    }
}

/// Texts as fields of CSV that a spreadsheet shows as texts: what it would take for a formula gets an apostrophe before it.
public enum CSVField {
    private static let formulas: Set<Character> = ["=", "+", "-", "@", "\t", "\r"]

    /// A text as a field, in quotation marks where it needs them.
    public static func text(_ text: String) -> String {
        let isFormula = text.first.map(formulas.contains) ?? false
        let isAmbiguous =
            text.first == "'" && (text.dropFirst().first.map { formulas.contains($0) || $0 == "'" } ?? false)
        let field = isFormula || isAmbiguous ? "'\(text)" : text
        guard field.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    /// The text that a field stands for, its quotation marks taken off already.
    public static func read(_ field: String) -> String {
        guard field.first == "'", let next = field.dropFirst().first, formulas.contains(next) || next == "'" else {
            return field
        }
        return String(field.dropFirst())
    }
}
