import Campaigns
import Dispatch
import Foundation
import GRDB
import Synchronization

/// A row of the ledger: an event as JSON, with the columns that people search by.
struct EventRecord: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "event"
    var sequence: Int64?
    var id: String
    var time: Double
    var type: String
    var job: String?
    var body: Data

    init(_ event: Event) throws {
        id = event.id
        time = event.time
        type = event.body.type
        job = event.body.job?.rawValue
        body = try event.json()
    }

    /// The events of many records, read on all cores. Throws ``LedgerError/damaged(path:reason:)``.
    static func events(_ records: [EventRecord], path: String) throws -> [Event] {
        let share = 2000
        let parts = (records.count + share - 1) / share
        guard parts > 1 else { return try records.map { try $0.event(path) } }
        let results = Mutex<[Int: Result<[Event], any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let result = Result {
                try records[part * share..<min(records.count, (part + 1) * share)].map { try $0.event(path) }
            }
            results.withLock { $0[part] = result }
        }
        return try results.withLock { results in try (0..<parts).flatMap { try results[$0]?.get() ?? [] } }
    }

    private func event(_ path: String) throws -> Event {
        do {
            return try Event(json: body)
        } catch {
            throw LedgerError.damaged(path: path, reason: "event \(id) cannot be read: \(error)")
        }
    }
}
