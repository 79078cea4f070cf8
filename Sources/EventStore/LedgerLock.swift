import Foundation
import ServiceRuntime

/// Says that a planner of this machine uses a ledger: a locked file beside it.
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
