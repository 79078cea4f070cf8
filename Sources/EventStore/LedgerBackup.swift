import Foundation
import GRDB
import ServiceRuntime

extension Ledger {
    /// Copies the ledger into a new file at `path`, also while a planner writes to it: a consistent state of some moment during the copy
    /// (SQLite's online backup, https://www.sqlite.org/backup.html). The file is there once it is whole and checked. Returns how many
    /// events it has.
    ///
    /// Throws `FileError`, and ``LedgerError``; a file at `path` is left as it is.
    public func backUp(to path: String) async throws -> Int {
        let (source, offloading) = (database, offloading)
        return try await offloading.run {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw FileError.unwritable(path: path, reason: "there is a file already")
            }
            try FileError.makingFolder((path as NSString).deletingLastPathComponent)
            let unborn = path + Self.unbornSuffix + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: unborn) }
            try LedgerError.translating(path) {
                let copy = try DatabaseQueue(path: unborn)
                try source.backup(to: copy)
                // A backup is one file.
                try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
                try copy.close()
            }
            let count = try LedgerError.translating(path) {
                let copy = try DatabaseQueue(path: unborn)
                defer { try? copy.close() }
                return try copy.read { database in
                    let complaint = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
                    if let complaint, complaint != "ok" { throw LedgerError.damaged(path: path, reason: complaint) }
                    return try Int.fetchOne(database, sql: "SELECT count(*) FROM \(EventRecord.table)") ?? 0
                }
            }
            try Self.publish(unborn, as: path)
            return count
        }
    }
}
