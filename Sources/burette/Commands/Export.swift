import ArgumentParser
import Campaigns
import Foundation
import Monitoring

/// `burette export`: the observations.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the observations to standard output.",
        discussion: help("", examples: "burette export mine > mine.csv", "burette export mine --format jsonl"))

    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "csv or jsonl.") var format = Format.csv
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    private struct Row: Encodable {
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
    }

    func run() async throws {
        let state = CampaignState(try await broker.source(of: name, data).events(of: name))
        let brought = state.broughtObservations
        guard state.definition == nil, !brought.isEmpty else {
            return try await write(broker.source(of: name, data).history(of: name))
        }
        // No planner has opened it: what was imported is all that is known, and names its own columns.
        let rows = brought.map {
            Row(
                job: $0.job, worker: "", began: 0, ended: 0, parameters: $0.parameters, values: $0.values,
                limits: $0.limits, errors: $0.errors)
        }
        func names(_ rows: [[String]]) -> [String] { Set(rows.joined()).sorted() }
        try write(
            rows, parameters: names(brought.map { Array($0.parameters.keys) }),
            objectives: names(brought.map { Array($0.values.keys) }))
    }

    private func write(_ history: CampaignHistory) throws {
        let rows = history.state.observations.compactMap { observation -> Row? in
            guard let job = observation.job, case .measured(let measurement)? = history.state.jobs[job]?.status else {
                return nil
            }
            return Row(
                job: job, worker: measurement.worker, began: measurement.began, ended: measurement.ended,
                parameters: history.state.definitions?.completed(observation.parameters) ?? observation.parameters,
                values: observation.values, attachments: measurement.attachments, cost: measurement.cost,
                limits: observation.limits, errors: observation.errors,
                excluded: history.state.isExcluded(observation)
                    ? history.state.verdict(on: observation)?.reason : nil)
        }
        try write(
            rows, parameters: history.campaign.space.parameters.map(\.name),
            objectives: history.campaign.objectives.map(\.name))
    }

    private func write(_ rows: [Row], parameters: [String], objectives: [String]) throws {
        switch format {
        case .jsonl:
            let encoder = JSONEncoder.oneLine
            for row in rows { Output.data(String(decoding: try encoder.encode(row), as: UTF8.self)) }
        case .csv: writeCSV(rows, parameters, objectives)
        }
    }

    /// RFC 4180: a header, a line an observation, the parameters and objectives in the order of the campaign file.
    private func writeCSV(_ rows: [Row], _ parameters: [String], _ objectives: [String]) {
        let cost = rows.contains { $0.cost != nil } && !(parameters + objectives).contains("cost") ? ["cost"] : []
        let uncertain = objectives.filter { name in rows.contains { $0.errors?[name] != nil } }
        let excluded = rows.contains { $0.excluded != nil } ? [ImportedTable.excludedColumn] : []
        let columns =
            ["job", "worker", "began", "ended"] + parameters + objectives
            + uncertain.map(ImportedTable.errorColumn(of:)) + cost + excluded
        Output.data(columns.map(quoted).joined(separator: ","))
        for row in rows {
            let head = [row.job?.rawValue ?? "", row.worker, "\(row.began)", "\(row.ended)"]
            let point = parameters.map { row.parameters[$0]?.description ?? "" }
            let values = objectives.map { name in
                row.values[name].map { (row.limits?[name].map { "\($0.sign) " } ?? "") + $0.shortest } ?? ""
            }
            let errors = uncertain.map { row.errors?[$0]?.shortest ?? "" }
            let costs = cost.map { _ in row.cost?.shortest ?? "" }
            let reasons = excluded.map { _ in row.excluded ?? "" }
            Output.data((head + point + values + errors + costs + reasons).map(quoted).joined(separator: ","))
        }
    }

    private func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
