import Campaigns
import Foundation
import GRDB
import ServiceRuntime

/// The ledger as a file: how it is made, opened, and removed.
extension Ledger {
    /// Makes an empty ledger under a name of its own, and links it to `path` once it is whole: whoever opens the path at the same
    /// time finds all of it or none, and whoever makes it at the same time uses the one that was first.
    ///
    /// The link outlasts a power failure before any event does: SQLite syncs the folder with the write-ahead log's first commit.
    static func make(path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        try FileError.makingFolder(directory)
        let unborn = path + unbornSuffix + UUID().uuidString
        defer {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: unborn + suffix)
            }
        }
        try LedgerError.translating(path) {
            let database = try connect(path: unborn)
            try migrations.migrate(database)
            // Closing would do the same, and say nothing where the disk is full.
            _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try database.close()
        }
        try publish(unborn, as: path)
    }

    /// Gives a file that is whole its name; one that has that name already stays.
    static func publish(_ unborn: String, as path: String) throws(FileError) {
        if link(unborn, path) == 0 { return }
        // Some file systems have no links; moving refuses a file that is there, though not in one step with looking.
        let reason = String(cString: strerror(errno))
        try? FileManager.default.moveItem(atPath: unborn, toPath: path)
        guard FileManager.default.fileExists(atPath: path) else { throw .unwritable(path: path, reason: reason) }
    }

    static let unbornSuffix = ".new-"

    /// The files of the ledger at `path` that are there: itself, what SQLite and ``LedgerLock`` keep beside it, and what is left of one
    /// whose maker was killed; no copy that a person made.
    public static func files(path: String) -> [String] {
        let folder = (path as NSString).deletingLastPathComponent as NSString
        let ledger = (path as NSString).lastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder as String)) ?? []
        return names.sorted().filter { name in
            ["", "-wal", "-shm", LedgerLock.suffix].contains { name == ledger + $0 }
                || name.hasPrefix(ledger + unbornSuffix)
        }.map(folder.appendingPathComponent)
    }

    /// Whether the file at its path is still the one that was opened: not removed, and not another one of that name.
    public var isInPlace: Bool { Self.identity(path) == identity }

    static func identity(_ path: String) -> UInt64? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.systemFileNumber] as? UInt64
    }

    static func connect(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.create(table: EventRecord.table) { table in
                table.autoIncrementedPrimaryKey("sequence")
                table.column("id", .text).notNull().unique()
                table.column("time", .double).notNull()
                table.column("type", .text).notNull()
                table.column("job", .text).indexed()
                table.column("body", .blob).notNull()
            }
        }
        migrator.registerMigration("notes") { database in
            try database.create(table: EventStoreNote.table) { table in
                table.primaryKey("name", .text)
                table.column("value", .blob).notNull()
            }
        }
        return migrator
    }
}
