import Foundation

/// A locked file: the operating system releases the lock when the process ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Locks the file at `path`, which is made if it is missing; nil if another process has it. Throws ``FileError``.
    package static func acquire(_ path: String) throws(FileError) -> FileLock? {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .afterSystemCall(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return FileLock(descriptor)
    }

    deinit { close(descriptor) }
}

/// Errors of files that a service keeps.
public enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full.
    case diskFull(path: String)
    /// The file or its folder cannot be written.
    case unwritable(path: String, reason: String)

    public var description: String {
        switch self {
        case .diskFull(let path): "the disk is full: \(path) cannot grow. Make room and start again; nothing is lost"
        case .unwritable(let path, let reason):
            "\(path) cannot be written (\(reason)). Check its permissions, or choose another --data"
        }
    }

    /// The error of the last system call, which was about `path`.
    package static func afterSystemCall(_ path: String) -> FileError {
        errno == ENOSPC ? .diskFull(path: path) : .unwritable(path: path, reason: String(cString: strerror(errno)))
    }

    /// Makes a folder, with those above it. Throws ``FileError``.
    package static func makingFolder(_ path: String) throws(FileError) {
        guard !path.isEmpty else { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(path: path, reason: "the folder cannot be made")
        }
    }
}
