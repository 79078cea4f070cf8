import ArgumentParser
import Campaigns
import Execution
import Foundation

/// `burette export`: the observations.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes the observations to standard output.")

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
    }

    func run() async throws {
        let history = try await History.of(name, broker, data)
        let rows = history.state.observations.compactMap { observation -> Row? in
            guard let job = observation.job, case .measured(let measurement)? = history.state.jobs[job]?.status else {
                return nil
            }
            return Row(
                job: job, worker: measurement.worker, began: measurement.began, ended: measurement.ended,
                parameters: observation.parameters, values: observation.values, attachments: measurement.attachments)
        }
        switch format {
        case .jsonl:
            let encoder = JSONEncoder.oneLine
            for row in rows { Output.data(String(decoding: try encoder.encode(row), as: UTF8.self)) }
        case .csv: writeCSV(rows, history.campaign)
        }
    }

    /// RFC 4180: a header, a line an observation, the parameters and objectives in the order of the campaign file.
    private func writeCSV(_ rows: [Row], _ campaign: Campaign) {
        let (parameters, objectives) = (campaign.space.parameters.map(\.name), campaign.objectives.map(\.name))
        Output.data((["job", "worker", "began", "ended"] + parameters + objectives).map(quoted).joined(separator: ","))
        for row in rows {
            let head = [row.job?.rawValue ?? "", row.worker, "\(row.began)", "\(row.ended)"]
            let point = parameters.map { row.parameters[$0]?.description ?? "" }
            let values = objectives.map { row.values[$0].map(\.shortest) ?? "" }
            Output.data((head + point + values).map(quoted).joined(separator: ","))
        }
    }

    private func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
