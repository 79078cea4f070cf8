import Foundation
import ServiceRuntime

/// A file that people open and save too: it is replaced as a whole, by renaming, and only where nobody has saved it since it was read.
struct SharedFile: Sendable {
    let url: URL
    /// What was in it when it was read or written last; nil where it was not there.
    private(set) var contents: Data?

    init(_ url: URL) { self.url = url }

    /// Reads it; whether it has changed since.
    mutating func read() throws -> Bool {
        let before = contents
        contents = try now()
        return contents != before
    }

    /// Whether it is another one than what was read or written last.
    func hasChanged() throws -> Bool { try now() != contents }

    /// Forgets what was read: what cannot be understood is read again, and not written over.
    mutating func forget() { contents = nil }

    /// Throws ``SpreadsheetNotWritable`` where somebody has it open, or has saved it since it was read.
    func check() throws {
        let (folder, name) = (url.deletingLastPathComponent(), url.lastPathComponent)
        for owner in ["~$\(name)", ".~lock.\(name)#"]
        where FileManager.default.fileExists(atPath: folder.appendingPathComponent(owner).path) {
            throw SpreadsheetNotWritable(
                description:
                    "\(url.path) is open in a program, and is brought up to date when it is closed (if nobody has it open, delete \(owner) beside it)"
            )
        }
        guard try !hasChanged() else {
            throw SpreadsheetNotWritable(description: "\(url.path) was saved just now; it is read again")
        }
    }

    /// Replaces it.
    mutating func replace(with data: Data) throws {
        try data.write(to: url, options: .atomic)
        contents = data
    }

    /// Another name for it, in the same folder, under which it is set aside at a time in seconds since 1970.
    func aside(at time: Double) -> URL {
        let stamp = Date(timeIntervalSince1970: time).formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: false).timeSeparator(.omitted))
        let name = url.deletingPathExtension().lastPathComponent
        return url.deletingLastPathComponent().appendingPathComponent("\(name) set aside \(stamp).\(url.pathExtension)")
    }

    private func now() throws -> Data? {
        do { return try Data(contentsOf: url) } catch CocoaError.fileReadNoSuchFile { return nil }
    }
}
