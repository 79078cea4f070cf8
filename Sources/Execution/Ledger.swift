import Campaigns
import Foundation
import GRDB

/// The planner's durable record: every event of a campaign, in order, in one SQLite file.
///
/// An event is on the disk when ``append(_:)`` returns (write-ahead log, synchronous FULL). Any number of processes may
/// read it, and operators may append orders; only one planner may hold its ``LedgerLock``.
public struct Ledger: Sendable {
    /// The file.
    public let path: String
    private let database: any DatabaseWriter

    /// The ledger's file of a campaign in a data directory.
    public static func path(of campaign: CampaignName, in directory: String) -> String {
        (directory as NSString).appendingPathComponent("\(campaign).sqlite")
    }

    /// Opens the file at `path`, and makes it if it is missing and `create` says so. Looks through the file for damage:
    /// linear in its size. Throws ``LedgerError``.
    public static func open(path: String, create: Bool) throws -> Ledger {
        if !FileManager.default.fileExists(atPath: path) {
            guard create else { throw LedgerError.missing(path: path) }
            let directory = (path as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            } catch {
                throw LedgerError.unwritable(path: directory, reason: "the folder cannot be made")
            }
        }
        return try LedgerError.translating(path) {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            let complaint = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            if let complaint, complaint != "ok" { throw LedgerError.damaged(path: path, reason: complaint) }
            try migrations.migrate(database)
            return Ledger(path: path, database: database)
        }
    }

    /// Records events that it does not have yet, in one transaction, and returns those. Throws ``LedgerError``; then none
    /// of them is recorded.
    @discardableResult
    public func append(_ events: [Event]) async throws -> [Event] {
        guard !events.isEmpty else { return [] }
        let records = try events.map(EventRecord.init)
        let fresh = try await LedgerError.translating(path) {
            try await database.write { database in
                try records.map { record in
                    try record.insert(database, onConflict: .ignore)
                    return database.changesCount > 0
                }
            }
        }
        return zip(events, fresh).filter(\.1).map(\.0)
    }

    /// The events behind `sequence` (0: all of them), and the number of the last one.
    public func events(after sequence: Int64 = 0) async throws -> (events: [Event], last: Int64) {
        let records = try await LedgerError.translating(path) {
            try await database.read { database in
                try EventRecord.filter(Column("sequence") > sequence).order(Column("sequence")).fetchAll(database)
            }
        }
        let events = try records.map { record in
            do {
                return try Event(json: record.body)
            } catch {
                throw LedgerError.damaged(path: path, reason: "event \(record.id) cannot be read: \(error)")
            }
        }
        return (events, records.last?.sequence ?? sequence)
    }

    /// Closes the file.
    public func close() throws { try database.close() }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.create(table: EventRecord.databaseTableName) { table in
                table.autoIncrementedPrimaryKey("sequence")
                table.column("id", .text).notNull().unique()
                table.column("time", .double).notNull()
                table.column("type", .text).notNull()
                table.column("job", .text).indexed()
                table.column("body", .blob).notNull()
            }
        }
        return migrator
    }
}

/// A row of the ledger: an event as JSON, with the columns that people search by.
private struct EventRecord: Codable, FetchableRecord, PersistableRecord {
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
}
