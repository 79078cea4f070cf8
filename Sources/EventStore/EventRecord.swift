import Campaigns
import Dispatch
import Foundation
import GRDB
import Synchronization

/// An event in the ledger, as JSON; beside it stand the columns that people search by.
struct EventRecord: FetchableRecord, Sendable {
    static let table = "event"
    private static let columns = "sequence, id, body"
    let sequence: Int64
    private let id: EventID
    private let body: Data

    init(row: Row) {
        sequence = row[0]
        id = row[1]
        body = row[2]
    }

    /// The records behind `sequence`, in order.
    static func after(_ sequence: Int64, in database: Database) throws -> [EventRecord] {
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns) FROM \(table) WHERE sequence > ? ORDER BY sequence")
        return try fetchAll(statement, arguments: [sequence])
    }

    /// The records of operators' orders behind `sequence`, in order.
    static func orders(after sequence: Int64, in database: Database) throws -> [EventRecord] {
        let types = Event.Kind.orders.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns) FROM \(table) WHERE sequence > ? AND type IN (\(types)) ORDER BY sequence")
        return try fetchAll(statement, arguments: [sequence])
    }

    /// The number of the last record; 0 if there is none.
    static func last(in database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(sql: "SELECT max(sequence) FROM \(table)")
        return try Int64.fetchOne(statement) ?? 0
    }

    /// Writes an event; false if there is one with its id.
    static func insert(_ event: Event, into database: Database) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO \(table) (id, time, type, job, body) VALUES (?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [event.id, event.time, event.body.type, event.body.job?.rawValue, try event.json()])
        return database.changesCount > 0
    }

    /// The events of records, as they are remembered or else read; many of them on all cores. Throws ``LedgerError/damaged(path:reason:)``.
    static func events(_ records: [EventRecord], path: String, memory: EventMemory) throws -> [Event] {
        let events = try read(records, path: path, kept: memory.kept)
        memory.keep(zip(records, events).suffix(EventMemory.capacity).map { ($0.body, $1) })
        return events
    }

    private static func read(_ records: [EventRecord], path: String, kept: EventMemory.Kept) throws -> [Event] {
        let share = 2000
        @Sendable func events(_ share: ArraySlice<EventRecord>) throws -> [Event] {
            try share.map { record in
                if let (json, event) = kept[record.id], json == record.body { return event }
                return try record.event(path)
            }
        }
        guard records.count > share else { return try events(records[...]) }
        let parts = (records.count + share - 1) / share
        let results = Mutex<[Int: Result<[Event], any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let result = Result { try events(records[part * share..<min(records.count, (part + 1) * share)]) }
            results.withLock { $0[part] = result }
        }
        return try results.withLock { results in try (0..<parts).flatMap { try results[$0]?.get() ?? [] } }
    }

    private func event(_ path: String) throws -> Event {
        do {
            return try Event(json: body)
        } catch {
            throw LedgerError.damaged(path: path, reason: "event \(sequence) cannot be read: \(error)")
        }
    }
}
