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
    private let units: [String: String]

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
            units = [:]
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
        units = campaign.units ?? [:]
    }

    /// A line of JSON for each observation. Throws if a number is not finite.
    public func jsonLines() throws -> [String] {
        try rows.map { String(decoding: try JSONEncoder.oneLine.encode($0), as: UTF8.self) }
    }

    /// The content of a file of CSV, with the line ends of RFC 4180.
    public func csv() -> String { sheet().csv() }

    /// Lines of CSV: a header, a line an observation.
    public func csvLines() -> [String] { sheet().csvLines() }

    /// A row for each observation, the parameters and objectives in the order of the campaign file; `withComments`, which `burette import` does not read.
    public func sheet(withComments: Bool = false) -> Sheet {
        let cost = rows.contains { $0.cost != nil } && !(parameters + objectives).contains("cost")
        let uncertain = objectives.filter { name in rows.contains { $0.errors?[name] != nil } }
        let excluded = rows.contains { $0.excluded != nil }
        let comments = withComments && rows.contains { $0.comments != nil }
        let names =
            parameters + objectives + uncertain.map(Self.errorColumn) + (cost ? ["cost"] : [])
            + (excluded ? [Self.excludedColumn] : []) + (comments ? ["comments"] : [])
        let head = [
            Sheet.Column("job"), Sheet.Column("worker"), Sheet.Column("began", isTime: true),
            Sheet.Column("ended", isTime: true),
        ]
        return Sheet(
            columns: head + names.map { Sheet.Column($0, unit: units[$0]) },
            rows: rows.map { row in
                let head: [Sheet.Cell] = [
                    .init(row.job?.rawValue), .init(row.worker), .time(row.began), .time(row.ended),
                ]
                let point = parameters.map { Sheet.Cell(row.parameters[$0]) }
                let values = objectives.map { name -> Sheet.Cell in
                    guard let value = row.values[name] else { return .empty }
                    return row.limits?[name].map { .text("\($0.sign) \(value.shortest)") } ?? .number(value)
                }
                var cells = head + point + values + uncertain.map { Sheet.Cell(row.errors?[$0]) }
                if cost { cells.append(Sheet.Cell(row.cost)) }
                if excluded { cells.append(Sheet.Cell(row.excluded)) }
                if comments { cells.append(Sheet.Cell(row.comments?.text)) }
                return cells
            })
    }
}

extension [Event.Comment] {
    /// All of them, each with its author.
    public var text: String { map { "\($0.by): \($0.text)" }.joined(separator: "; ") }
}
