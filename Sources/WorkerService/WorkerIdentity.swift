import Campaigns
import Foundation
import ServiceRuntime

/// A worker's name on this machine, and the outbox that goes with it. While it lives nobody else on the machine has the name;
/// when its process ends in whatever way, the next worker may take the name up, and with it what is left in the outbox.
public final class WorkerIdentity: Sendable {
    /// The name, as results carry it.
    public let name: String
    /// Where its unconfirmed results are.
    public let outbox: DirectoryOutbox
    private let lock: FileLock

    /// Takes `name`, or the first free one of this host and data folder. Throws ``WorkerIdentity/Taken`` if `name` is in use, and
    /// `FileError`.
    public init(name: String?, campaign: CampaignName, data directory: String) throws {
        let folder = "\(directory)/spool/\(campaign)"
        try FileError.makingFolder(folder)
        let candidates = try name.map { [$0] } ?? Self.names(in: directory, outboxes: folder)
        for candidate in candidates {
            guard let lock = try FileLock.acquire("\(folder)/\(candidate).lock") else { continue }
            outbox = try DirectoryOutbox(directory: "\(folder)/\(candidate)")
            self.name = candidate
            self.lock = lock
            return
        }
        throw Taken(name: name ?? candidates[0])
    }

    /// The names that a worker here may have without being given one: the host's, and what tells it from other hosts of that name and other
    /// folders on it, `raspberrypi-3f9c2a-1`. The same after every restart.
    private static func names(in directory: String, outboxes folder: String) throws -> [String] {
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "worker"
        let numbers = 1...10_000
        // Names of earlier versions were the host's alone: what such a worker left in its outbox is still to be delivered.
        let earlier = numbers.prefix(100).map { "\(host)-\($0)" }.filter { name in
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
            return entries.contains { $0.hasSuffix(".json") }
        }
        let place = try place(directory)
        return earlier + numbers.map { "\(host)-\(place)-\($0)" }
    }

    /// Six digits for this folder on this machine, of random bits that the folder keeps and of what the system calls the machine.
    private static func place(_ directory: String) throws -> String {
        let file = "\(directory)/.place"
        if !FileManager.default.fileExists(atPath: file) {
            let draft = "\(file)-\(UUID().uuidString)"
            defer { unlink(draft) }
            do {
                try Data(UUID().uuidString.utf8).write(to: URL(fileURLWithPath: draft))
            } catch {
                throw FileError.unwritable(path: file, reason: "the file cannot be made")
            }
            // Whoever comes first decides it for all.
            if link(draft, file) != 0 { try? FileManager.default.moveItem(atPath: draft, toPath: file) }
        }
        let known = [file, "/etc/machine-id"].compactMap { FileManager.default.contents(atPath: $0) }
        // FNV-1a, 64 bits.
        let hash = known.joined().reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String((hash ^ (hash >> 32)) & 0xFF_FFFF, radix: 16)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The name is in use on this machine.
    public struct Taken: Error, CustomStringConvertible {
        let name: String
        public var description: String {
            "a worker named \(name) is already running on this machine; choose another --name"
        }
    }
}

extension WorkerIdentity.Taken: CodedError {
    public var code: String { "worker-name-taken" }
}
