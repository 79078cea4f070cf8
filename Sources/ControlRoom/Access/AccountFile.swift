import Foundation
import ServiceRuntime

/// The accounts of a data folder, in `users.json`, which nobody else can read. Without the file there are none.
public struct AccountFile: Sendable {
    private let path: String

    private struct Content: Codable {
        var users: [Account]
    }

    public init(directory: String) { path = "\(directory)/users.json" }

    /// The accounts, in the order in which they were added. Throws ``AccountProblem`` where the file cannot be read, or others can read it.
    public func accounts() throws -> [Account] {
        guard let data = try Self.privateContent(of: path) else { return [] }
        do {
            return try JSONDecoder().decode(Content.self, from: data).users
        } catch {
            throw AccountProblem("\(path) is not what burette user writes: \(error)")
        }
    }

    /// Changes the accounts: all of it is on the disk, or nothing. Throws what `body` throws, ``AccountProblem`` and `FileError`.
    public func change<Result>(_ body: (inout [Account]) throws -> Result) throws -> Result {
        try FileError.makingFolder((path as NSString).deletingLastPathComponent)
        guard let lock = try FileLock.acquire(path + ".lock") else {
            throw AccountProblem("\(path) is being changed by another command; try again")
        }
        defer { withExtendedLifetime(lock) {} }
        var content = Content(users: try accounts())
        let result = try body(&content.users)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try Self.replace(path, with: encoder.encode(content))
        return result
    }

    /// What tells one state of the file from another, without reading it.
    var stamp: String {
        var about = stat()
        guard stat(path, &about) == 0 else { return "" }
        return "\(about.st_ino) \(about.st_mtim.tv_sec).\(about.st_mtim.tv_nsec) \(about.st_size)"
    }

    /// The content of a file with secrets; nil where there is none. Throws ``AccountProblem`` where others can read it.
    static func privateContent(of path: String) throws -> Data? {
        var about = stat()
        guard stat(path, &about) == 0 else { return nil }
        guard about.st_mode & 0o077 == 0 else {
            throw AccountProblem("other users of this machine can read \(path): chmod 600 \(path)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AccountProblem("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        return data
    }

    /// Writes a file with secrets that is there whole, or as it was. Throws `FileError`.
    static func replace(_ path: String, with data: Data) throws {
        let draft = "\(path).new"
        unlink(draft)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: draft, contents: data, attributes: attributes),
            (try? FileHandle(forWritingAtPath: draft)?.synchronize()) != nil, rename(draft, path) == 0
        else { throw FileError.afterSystemCall(path) }
    }
}
