import Foundation

/// Says that a planner of this machine uses a ledger: a locked file beside it, which the system frees when the process
/// ends in whatever way.
public final class LedgerLock: Sendable {
    static let suffix = ".lock"
    private let descriptor: Int32

    /// Takes the lock of the ledger at `path`. Throws ``LedgerError/inUse(path:)`` if another process has it.
    public init(ledger path: String) throws {
        let file = path + Self.suffix
        try? FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let descriptor = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LedgerError.unwritable(path: file, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw LedgerError.inUse(path: path)
        }
        // Last: once all is set, an initializer that throws runs deinit too, which would close a second time, and by then perhaps
        // what another thread has opened.
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
