import Campaigns
import EventStore
import Foundation

/// Appends events to a ledger for as long as it lives, and prints the number of each one once `append` has returned: the tests
/// kill it. Usage: ledger-writer FILE FIRST
@main
struct Main {
    static func main() async throws {
        let path = CommandLine.arguments[1]
        var number = Int(CommandLine.arguments[2]) ?? 0
        let name = try CampaignName("kills")
        let ledger = try Ledger.open(path: path, create: true)
        while true {
            let events = (0..<(1 + number % 4)).map { offset in
                Event(
                    id: "e\(number + offset)", campaign: name, time: Double(number),
                    body: .measured(
                        .init(
                            job: JobID("j\(number + offset)"), worker: "w", values: ["y": Double(number)], began: 1,
                            ended: 2)))
            }
            try await ledger.record(events, unconfirmed: events.compactMap(\.body.job), after: .max)
            number += events.count
            try FileHandle.standardOutput.write(contentsOf: Data("\(number)\n".utf8))
        }
    }
}
