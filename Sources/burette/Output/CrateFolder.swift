import Campaigns
import ControlRoom
import Crypto
import EventStore
import Foundation
import Monitoring
import ServiceRuntime

/// The files of a campaign in a folder, with what they are (``ResearchCrate``).
struct CrateFolder {
    let history: CampaignHistory
    let license: String?
    /// The ledger on this machine; nil where the campaign is known from a broker.
    let ledger: String?

    /// Writes the folder, which is there whole or not at all. Throws `FileError` where there is something at `path` already, and what planners and
    /// ledgers throw.
    func write(to path: String, now: Double) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw FileError.unwritable(path: path, reason: "there is something already")
        }
        let draft = "\(path).new-\(UUID().uuidString)"
        try FileError.makingFolder(draft)
        defer { try? FileManager.default.removeItem(atPath: draft) }
        var files: [ResearchCrate.File] = []
        func add(_ file: String, _ name: String, _ format: String, _ data: Data?) throws {
            if let data { try WholeFile.write(data, to: "\(draft)/\(file)") }
            guard let content = FileManager.default.contents(atPath: "\(draft)/\(file)") else {
                throw FileError.unwritable(path: "\(draft)/\(file)", reason: "it cannot be read again")
            }
            let sha256 = SHA256.hash(data: content).hexadecimal
            files.append(.init(path: file, name: name, format: format, bytes: content.count, sha256: sha256))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try add("campaign.json", "The definition", "application/json", encoder.encode(history.campaign))
        let events = try history.events.map { String(decoding: try $0.json(), as: UTF8.self) + "\n" }.joined()
        try add("events.jsonl", "Everything that happened, in order", "application/jsonl", Data(events.utf8))
        let rows = ObservationExport(history.state).csv()
        try add("observations.csv", "The observations", "text/csv", Data(rows.utf8))
        let report = try StandaloneReport(of: history, charts: StandaloneReport.usualCharts, now: now)
        try add("report.html", "The report, with charts", "text/html", Data(report.html().utf8))
        if let ledger {
            _ = try await Ledger.open(path: ledger, create: false).backUp(to: "\(draft)/ledger.sqlite")
            try add("ledger.sqlite", "The ledger, for burette", "application/vnd.sqlite3", nil)
        }
        let crate = ResearchCrate(history, files: files, license: license, now: now)
        try WholeFile.write(try crate.json(), to: "\(draft)/\(ResearchCrate.metadataPath)")
        guard rename(draft, path) == 0 else { throw FileError.afterSystemCall(path) }
    }
}
