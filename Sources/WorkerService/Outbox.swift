import Campaigns
import Foundation
import ServiceRuntime

/// A worker's durable outbox: results from the end of a measurement until the broker has confirmed them.
///
/// A worker that dies in between publishes them at its next start, before it takes a job.
public protocol Outbox: Sendable {
    /// Stores a result durably.
    func keep(_ event: Event) throws
    /// Removes a confirmed result.
    func drop(_ event: Event) throws
    /// The results that were never confirmed, oldest first, and what cannot be read.
    func kept() throws -> OutboxContents
}

/// The contents of an outbox.
public struct OutboxContents: Sendable {
    /// The results, oldest first.
    public var results: [Event]
    /// Unreadable entries, each with the reason. They are left in place.
    public var unreadable: [String]

    /// Contents of the given parts.
    public init(results: [Event] = [], unreadable: [String] = []) {
        self.results = results
        self.unreadable = unreadable
    }
}

/// An outbox on the worker's disk, one file per result.
public struct DirectoryOutbox: Outbox {
    private let directory: String

    /// The outbox of one worker in `directory`, which is made if it is missing.
    public init(directory: String) throws {
        self.directory = directory
        try FileError.makingFolder(directory)
    }

    /// Cost: two fsyncs.
    public func keep(_ event: Event) throws {
        let (path, draft) = (file(event.id), file(event.id) + ".draft")
        let descriptor = open(draft, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.afterSystemCall(draft) }
        defer { close(descriptor) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        do { try handle.write(contentsOf: try event.json()) } catch { throw FileError.afterSystemCall(draft) }
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw FileError.afterSystemCall(path) }
        try synchronizeDirectory()
    }

    public func drop(_ event: Event) {
        unlink(file(event.id))
    }

    public func kept() throws -> OutboxContents {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }
        var contents = OutboxContents()
        for name in names.sorted() {
            guard let json = FileManager.default.contents(atPath: path(name)) else {
                contents.unreadable.append("\(path(name)) cannot be opened")
                continue
            }
            do throws(Refusal) {
                contents.results.append(try Event(json: json))
            } catch {
                contents.unreadable.append("\(path(name)): \(error)")
            }
        }
        contents.results.sort { ($0.time, $0.id) < ($1.time, $1.id) }
        return contents
    }

    private func file(_ id: EventID) -> String { path("\(id).json") }

    private func path(_ name: String) -> String { (directory as NSString).appendingPathComponent(name) }

    private func synchronizeDirectory() throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.afterSystemCall(directory) }
        fsync(descriptor)
        close(descriptor)
    }
}
