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

    /// Whether a planner uses the ledger at `path` now, as the kernel tells (`/proc/locks`); nil where it does not tell. Taking the lock to find out would
    /// turn a planner away that starts meanwhile.
    public static func isHeld(ledger path: String) -> Bool? {
        guard let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return nil }
        guard let file = Ledger.identity(path + suffix) else { return false }
        // 1: FLOCK  ADVISORY  WRITE 4711 fe:00:123456 0 EOF
        return locks.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.contains("FLOCK") && words.contains("WRITE") && words.contains { $0.hasSuffix(":\(file)") }
        }
    }
}
