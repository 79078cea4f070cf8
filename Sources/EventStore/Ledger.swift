import Campaigns
import Foundation
import GRDB
import ServiceRuntime

/// The event store in one SQLite file.
///
/// An event is on the disk when ``append(_:)`` returns (write-ahead log, synchronous FULL). Any number of processes may
/// read it, and operators may append orders; only one planner may hold its ``LedgerLock``.
public struct Ledger: EventStore {
    /// The file.
    public let path: String
    let database: any DatabaseWriter
    let offloading: any Offloading
    let memory: EventMemory
    private let patience: LedgerPatience?
    /// The file's number in its file system; nil in memory.
    let identity: UInt64?

    init(
        path: String, database: any DatabaseWriter, offloading: any Offloading, memory: EventMemory = EventMemory(),
        patience: LedgerPatience? = nil
    ) {
        self.path = path
        self.database = database
        self.offloading = offloading
        self.memory = memory
        self.patience = patience
        identity = Self.identity(path)
    }

    /// The ledger's file of a campaign in a data directory.
    public static func path(of campaign: CampaignName, in directory: String) -> String {
        (directory as NSString).appendingPathComponent("\(campaign).sqlite")
    }

    /// Opens the file at `path`, and makes it if it is missing and `create` says so. Checks the file for damage:
    /// linear in its size. Throws ``LedgerError``.
    public static func open(
        path: String, create: Bool, offloading: any Offloading = ThreadOffloading()
    ) throws -> Ledger {
        if !FileManager.default.fileExists(atPath: path) {
            guard create else { throw LedgerError.missing(path: path) }
            try make(path: path)
        }
        return try LedgerError.translating(path) {
            let database = try connect(path: path)
            let complaint = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            if let complaint, complaint != "ok" { throw LedgerError.damaged(path: path, reason: complaint) }
            try migrations.migrate(database)
            return Ledger(path: path, database: database, offloading: offloading)
        }
    }

    /// A ledger that ends with the process, for simulations; several may have one memory.
    package static func inMemory(offloading: any Offloading, memory: EventMemory = EventMemory()) throws -> Ledger {
        let database = try DatabaseQueue()
        try empty.get().backup(to: database)
        return Ledger(path: ":memory:", database: database, offloading: offloading, memory: memory)
    }

    /// An empty ledger to copy: a tenth of the time that making one takes.
    private static let empty = Result {
        let database = try DatabaseQueue()
        try migrations.migrate(database)
        return database
    }

    /// The same file, worked on elsewhere.
    public func on(_ offloading: any Offloading) -> Ledger {
        Ledger(path: path, database: database, offloading: offloading, memory: memory)
    }

    /// One transaction. Throws ``LedgerError``; then nothing is recorded.
    @discardableResult
    public func record(
        _ events: [Event], unconfirmed: [JobID], after sequence: Int64
    ) async throws -> RecordedEvents {
        let (path, memory) = (path, memory)
        return try await run { database in
            try database.write { database in
                let earlier = try EventRecord.last(in: database)
                let orders =
                    earlier > sequence
                    ? try EventRecord.events(
                        EventRecord.orders(after: sequence, in: database), path: path, memory: memory) : []
                if !unconfirmed.isEmpty {
                    let earlier = try EventStoreNote.unconfirmed.get([JobID].self, database) ?? []
                    try EventStoreNote.unconfirmed.set(earlier + unconfirmed, database)
                }
                let news = try events.filter { try EventRecord.insert($0, into: database) }
                return RecordedEvents(news: news, orders: orders, last: try EventRecord.last(in: database))
            }
        }
    }

    /// Records events that it does not have yet, in one transaction, and returns those. Throws ``LedgerError``; then nothing is recorded.
    @discardableResult
    public func append(_ events: [Event]) async throws -> [Event] {
        guard !events.isEmpty else { return [] }
        let fresh = try await run { database in
            // One statement needs no transaction around it.
            if events.count == 1 {
                return try database.writeWithoutTransaction { [try EventRecord.insert(events[0], into: $0)] }
            }
            return try database.write { database in try events.map { try EventRecord.insert($0, into: database) } }
        }
        return zip(events, fresh).filter(\.1).map(\.0)
    }

    /// The events behind `sequence` (0: all of them), and the number of the last one. Cost: some 10 us an
    /// event and core for what is read the first time.
    public func events(after sequence: Int64 = 0) async throws -> (events: [Event], last: Int64) {
        let (path, memory) = (path, memory)
        return try await run { database in
            let records = try database.unsafeRead { try EventRecord.after(sequence, in: $0) }
            return (try EventRecord.events(records, path: path, memory: memory), records.last?.sequence ?? sequence)
        }
    }

    /// The operators' orders behind `sequence`, and the number of the last event of all.
    public func orders(after sequence: Int64) async throws -> (orders: [Event], last: Int64) {
        let (path, memory) = (path, memory)
        return try await run { database in
            try database.unsafeRead { database in
                let last = try EventRecord.last(in: database)
                guard last > sequence else { return ([], last) }
                let records = try EventRecord.orders(after: sequence, in: database)
                return (
                    try EventRecord.events(records, path: path, memory: memory),
                    max(last, records.last?.sequence ?? sequence)
                )
            }
        }
    }

    /// How many rows were ever written through this value or a copy of it.
    package var changes: Int { (try? database.unsafeRead { $0.totalChangesCount }) ?? 0 }

    func run<Result: Sendable>(_ body: @escaping @Sendable (any DatabaseWriter) throws -> Result) async throws -> Result
    {
        let (database, path, offloading) = (database, path, offloading)
        func once() async throws -> Result {
            try await offloading.run { try LedgerError.translating(path) { try body(database) } }
        }
        guard let patience else { return try await once() }
        // What found the ledger locked has changed nothing.
        return try await patience.whileLocked(once)
    }

    /// Closes the file.
    public func close() throws { try database.close() }
}
