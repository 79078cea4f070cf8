import Brokers
import Campaigns
import Foundation
import GRDB

/// What a planner notes beside its events. Unlike these it changes, and no other party needs it.
extension Ledger {
    /// The jobs that were recorded as published, and of which no confirm was noted.
    package func unconfirmed() async throws -> [JobID] { try await note(.unconfirmed) ?? [] }

    /// The broker confirmed everything that was published so far. Without fsync: after a power failure the jobs may count as
    /// unconfirmed, which costs no more than what a recovery does with those.
    func confirm() async throws { try await note { try LedgerNote.unconfirmed.set([JobID](), $0) } }

    /// How far the ledger and the feed are known to have the same events.
    struct Meeting: Codable {
        /// The last event in the ledger.
        var sequence: Int64
        /// The last event in the feed.
        var position: FeedPosition
    }

    /// What a recovery begins with.
    struct Recollection {
        var events: [Event]
        /// The number of the last event.
        var last: Int64
        /// Nil where the note cannot be read: any job may be one.
        var unconfirmed: Set<JobID>?
        var meeting: Meeting?
        /// The notes that cannot be read.
        var unreadable: [LedgerNote]
    }

    /// What the ledger knows. Cost: as of ``events(after:)``.
    func recollect() async throws -> Recollection {
        let (path, memory) = (path, memory)
        return try await run { database in
            // No transaction: nobody else writes notes, and what an operator adds meanwhile is read later.
            let (records, unconfirmed, meeting) = try database.unsafeRead { database in
                (
                    try EventRecord.after(0, in: database),
                    try LedgerNote.unconfirmed.read([JobID].self, database),
                    try LedgerNote.meeting.read(Meeting.self, database)
                )
            }
            return Recollection(
                events: try EventRecord.events(records, path: path, memory: memory),
                last: records.last?.sequence ?? 0,
                unconfirmed: unconfirmed.isUnreadable ? nil : Set(unconfirmed.value ?? []), meeting: meeting.value,
                unreadable: (unconfirmed.isUnreadable ? [.unconfirmed] : [])
                    + (meeting.isUnreadable ? [.meeting] : []))
        }
    }

    /// Keeps the bytes of a note that cannot be read under another name, `unconfirmed.unreadable-17`.
    func setAside(_ note: LedgerNote, at sequence: Int64) async throws {
        try await self.note { database in
            try database.execute(
                sql: "UPDATE OR REPLACE \(LedgerNote.table) SET name = ? WHERE name = ?",
                arguments: ["\(note.rawValue).unreadable-\(sequence)", note.rawValue])
        }
    }

    /// A recovery is over: the broker has confirmed everything, and the planner does what `condition` says.
    func recovered(_ meeting: Meeting, _ condition: Condition) async throws {
        try await note { database in
            try database.inTransaction {
                try LedgerNote.unconfirmed.set([JobID](), database)
                try LedgerNote.meeting.set(meeting, database)
                try LedgerNote.condition.set(condition, database)
                return .commit
            }
        }
    }

    /// What the planner does, or waits for.
    public struct Condition: Codable, Hashable, Sendable {
        /// In words.
        public var words: String
        /// Whether something is wrong with it.
        public var isTrouble: Bool
        /// Since when, in seconds since 1970.
        public var since: Double
    }

    /// What the planner said of itself last; nil for a ledger that never had one.
    public func condition() async throws -> Condition? { try await note(.condition) }

    func note(_ condition: Condition) async throws { try await note { try LedgerNote.condition.set(condition, $0) } }

    private func note<Value: Decodable & Sendable>(_ note: LedgerNote) async throws -> Value? {
        try await run { database in try database.unsafeRead { try note.get(Value.self, $0) } }
    }

    /// Writes notes without fsync.
    private func note(_ write: @escaping @Sendable (Database) throws -> Void) async throws {
        try await run { database in
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                defer { try? database.execute(sql: "PRAGMA synchronous = FULL") }
                try write(database)
            }
        }
    }
}

/// The notes, by their names in the file.
enum LedgerNote: String {
    case unconfirmed, meeting, condition

    static let table = "note"

    /// What a note says; nil where there is none, or none that can be read.
    func get<Value: Decodable>(_ type: Value.Type, _ database: Database) throws -> Value? {
        try read(type, database).value
    }

    /// What a note says, and whether there is one that cannot be read.
    func read<Value: Decodable>(
        _: Value.Type, _ database: Database
    ) throws -> (value: Value?, isUnreadable: Bool) {
        let data = try Data.fetchOne(
            try database.cachedStatement(sql: "SELECT value FROM \(Self.table) WHERE name = ?"), arguments: [rawValue])
        let value = data.flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
        return (value, data != nil && value == nil)
    }

    func set(_ value: some Encodable, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO \(Self.table) (name, value) VALUES (?, ?)")
            .execute(arguments: [rawValue, try JSONEncoder.oneLine.encode(value)])
    }
}
