import Foundation
import ServiceRuntime

/// Marks a ledger as used by a planner on this machine: a locked file beside it.
public final class LedgerLock: Sendable {
    static let suffix = ".lock"
    private let lock: FileLock

    /// Takes the lock of the ledger at `path`. Throws ``LedgerError/inUse(path:)`` if another process has it, and `FileError`.
    public init(ledger path: String) throws {
        try FileError.makingFolder((path as NSString).deletingLastPathComponent)
        guard let lock = try FileLock.acquire(path + Self.suffix) else { throw LedgerError.inUse(path: path) }
        self.lock = lock
    }
}
