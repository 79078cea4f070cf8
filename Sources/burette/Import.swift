import ArgumentParser
import Brokers
import Campaigns
import Crypto
import Execution
import Foundation
import SwiftCSV

/// `burette import`.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Teaches a campaign what was measured earlier.",
        discussion:
            "The file is CSV, with a header that names parameters and objectives, or JSON Lines as `burette export --format jsonl` writes them. All of it is taken, or nothing; what was imported before is not taken twice. It does not count for the budget. With a campaign file instead of a name a campaign can be taught before its planner is started for the first time."
    )

    @Argument(help: "The campaign's name, or its file.") var campaign: String
    @Argument(help: "The data: .csv or .jsonl.") var file: String
    @Option(help: "csv or jsonl; by the file's name where it is left out.") var format: Export.Format?
    @Option(help: "Whence, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        let isFile = [".yaml", ".yml"].contains { campaign.hasSuffix($0) }
        let definition: Campaign
        if isFile {
            definition = try CampaignFile.read(path: campaign)
        } else {
            guard let name = CampaignName(argument: campaign) else {
                throw ValidationError("\"\(campaign)\" is neither a campaign's name nor a .yaml file.")
            }
            definition = try await History.of(name, options.broker, options.data).campaign
        }
        let table = try ImportedTable(file: file, format: format, campaign: definition)
        let whence = reason ?? "imported from \((file as NSString).lastPathComponent)"
        var copies: [String: Int] = [:]
        let now = Date().timeIntervalSince1970
        let events = table.rows.map { row in
            // The same measurement twice in a file is two; the same file twice is one.
            let print = row.fingerprint
            copies[print, default: 0] += 1
            let id = "import-\(print)-\(copies[print] ?? 1)"
            return Event(
                id: id, campaign: definition.name, time: now,
                body: .injected(
                    .init(
                        job: JobID(id), parameters: row.observation.parameters, values: row.observation.values,
                        by: row.worker ?? OrderSender.name, reason: whence)))
        }
        if let ignored = table.ignored { Output.note("columns that are not of the campaign are left out: \(ignored)") }
        guard !events.isEmpty else { throw WrongData("\(file): there is no row in it") }
        let fresh = try await send(events, of: definition, mayBegin: isFile)
        let known = events.count - (fresh ?? events.count)
        Output.note(
            "\(definition.name): \(events.count) \(events.count == 1 ? "measurement" : "measurements") imported"
                + (known > 0 ? ", \(known) of them had been before" : ""))
    }

    /// A campaign that no planner has opened yet has a ledger at most, on the machine where its planner will be.
    private func send(_ events: [Event], of campaign: Campaign, mayBegin: Bool) async throws -> Int? {
        do {
            guard mayBegin, try options.broker.rabbitMQ() == nil else {
                return try await OrderSender.send(events, to: campaign.name, options)
            }
        } catch BrokerError.unknownCampaign where mayBegin {
            Output.note("The broker does not know \(campaign.name) yet: it is taught in the ledger on this machine.")
        }
        return try await OrderSender.record(events, of: campaign.name, options, create: true)
    }
}

/// The rows of a file of observations.
struct ImportedTable {
    struct Row {
        var observation: Observation
        var worker: String?
    }

    private(set) var rows: [Row] = []
    /// The columns that are no parameter, no objective, and not from an export.
    private(set) var ignored: String?

    /// Reads all of `file`. Throws ``WrongData`` with the first row that is none of `campaign`.
    init(file: String, format: Export.Format?, campaign: Campaign) throws {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw WrongData("\(file) cannot be read as text in UTF-8")
        }
        switch format ?? (file.hasSuffix(".csv") ? .csv : .jsonl) {
        case .csv: try read(csv: text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text, file, campaign)
        case .jsonl: try read(jsonl: text, file, campaign)
        }
    }

    private mutating func read(csv text: String, _ file: String, _ campaign: Campaign) throws {
        let table: CSV<Named>
        do {
            table = try CSV<Named>(string: text, loadColumns: false)
        } catch {
            throw WrongData("\(file) is no CSV: \(error)")
        }
        let (parameters, objectives) = (campaign.space.parameters.map(\.name), campaign.objectives.map(\.name))
        let header = table.header.map { $0.trimmingCharacters(in: .whitespaces) }
        for name in parameters + objectives where !header.contains(name) {
            throw WrongData("\(file): there is no column \"\(name)\" (\(header.joined(separator: ", ")))")
        }
        let foreign = header.filter { !(parameters + objectives + ["job", "worker", "began", "ended"]).contains($0) }
        ignored = foreign.isEmpty ? nil : foreign.joined(separator: ", ")
        for (number, fields) in table.rows.enumerated() {
            let row = Dictionary(fields.map { ($0.trimmingCharacters(in: .whitespaces), $1) }) { $1 }
            func cells(_ names: [String]) -> [String: String] {
                row.filter { names.contains($0.key) && !$0.value.allSatisfy(\.isWhitespace) }
            }
            let typed = TypedRow(cells(parameters), cells(objectives))
            let observation = try typed.observation(of: campaign, at: "\(file), row \(number + 1)", needsValues: true)
            rows.append(Row(observation: observation, worker: row["worker"].flatMap { $0.isEmpty ? nil : $0 }))
        }
    }

    private struct Line: Decodable {
        var parameters: Point
        var values: [String: Double]
        var worker: String?
    }

    private mutating func read(jsonl text: String, _ file: String, _ campaign: Campaign) throws {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            guard let row = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
                throw WrongData(
                    "\(file), line \(number + 1): it is no {\"parameters\": {...}, \"values\": {...}} with numbers as values"
                )
            }
            let injection = Event.Injection(
                job: JobID("0"), parameters: row.parameters, values: row.values, by: "", reason: "")
            if let objection = campaign.objection(to: injection) {
                throw WrongData("\(file), line \(number + 1): \(objection)")
            }
            rows.append(
                Row(observation: Observation(parameters: row.parameters, values: row.values), worker: row.worker))
        }
    }
}

extension ImportedTable.Row {
    /// What tells it from other measurements: the first half of a SHA-256 of all that it says.
    fileprivate var fingerprint: String {
        let said =
            observation.parameters.map { "\($0)=\($1)" }.sorted() + observation.values.map { "\($0):\($1)" }.sorted()
            + [worker ?? ""]
        return SHA256.hash(data: Data(said.joined(separator: "\n").utf8)).prefix(16)
            .map { String(format: "%02x", $0) }.joined()
    }
}
