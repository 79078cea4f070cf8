import Campaigns
import Foundation
import GRDB

/// Notes of a planner beside its events: mutable, and private to it.
extension Ledger {
    /// The jobs that were recorded as published, and of which no confirm was noted.
    package func unconfirmed() async throws -> [JobID] { try await note(.unconfirmed) ?? [] }

    /// Without fsync.
    public func confirm() async throws { try await note { try EventStoreNote.unconfirmed.set([JobID](), $0) } }

    /// Cost: as of ``events(after:)``.
    public func load() async throws -> StoredCampaign {
        let (path, memory) = (path, memory)
        return try await run { database in
            // No transaction: nobody else writes notes, and what an operator adds meanwhile is read later.
            let (records, unconfirmed, syncPoint) = try database.unsafeRead { database in
                (
                    try EventRecord.after(0, in: database),
                    try EventStoreNote.unconfirmed.read([JobID].self, database),
                    try EventStoreNote.syncPoint.read(SyncPoint.self, database)
                )
            }
            return StoredCampaign(
                events: try EventRecord.events(records, path: path, memory: memory),
                last: records.last?.sequence ?? 0,
                unconfirmed: unconfirmed.isUnreadable ? nil : Set(unconfirmed.value ?? []),
                syncPoint: syncPoint.value,
                unreadable: (unconfirmed.isUnreadable ? [.unconfirmed] : [])
                    + (syncPoint.isUnreadable ? [.syncPoint] : []))
        }
    }

    /// The bytes stay under another name, `unconfirmed.unreadable-17`.
    public func setAside(_ note: EventStoreNote, at sequence: Int64) async throws {
        try await self.note { database in
            try database.execute(
                sql: "UPDATE OR REPLACE \(EventStoreNote.table) SET name = ? WHERE name = ?",
                arguments: ["\(note.rawValue).unreadable-\(sequence)", note.rawValue])
        }
    }

    public func recovered(_ syncPoint: SyncPoint, _ condition: PlannerCondition) async throws {
        try await note { database in
            try database.inTransaction {
                try EventStoreNote.unconfirmed.set([JobID](), database)
                try EventStoreNote.syncPoint.set(syncPoint, database)
                try EventStoreNote.condition.set(condition, database)
                return .commit
            }
        }
    }

    public func condition() async throws -> PlannerCondition? { try await note(.condition) }

    public func note(_ condition: PlannerCondition) async throws {
        try await note { try EventStoreNote.condition.set(condition, $0) }
    }

    private func note<Value: Decodable & Sendable>(_ note: EventStoreNote) async throws -> Value? {
        try await run { database in try database.unsafeRead { try note.get(Value.self, $0) } }
    }

    /// Writes notes without fsync.
    private func note(_ write: @escaping @Sendable (Database) throws -> Void) async throws {
        try await run { database in
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                // Fails only with the connection, which is of no use then.
                defer { try? database.execute(sql: "PRAGMA synchronous = FULL") }
                try write(database)
            }
        }
    }
}

extension EventStoreNote {
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
