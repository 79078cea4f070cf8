import Campaigns
import Foundation

/// A worker's name on this machine, and the spool that goes with it. While it lives nobody else on the machine has the name;
/// when its process ends in whatever way, the next worker may take the name up, and with it what is left in the spool.
public final class WorkerIdentity: Sendable {
    /// The name, as results carry it.
    public let name: String
    /// Where its unconfirmed results are.
    public let spool: DirectorySpool
    private let descriptor: Int32

    /// Takes `name`, or the first free one of this host and data folder. Throws ``WorkerIdentity/Taken`` if `name` is in use.
    public init(name: String?, campaign: CampaignName, data directory: String) throws {
        let folder = "\(directory)/spool/\(campaign)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError.unwritable(path: folder, reason: "the folder cannot be made")
        }
        let candidates = try name.map { [$0] } ?? Self.names(in: directory, spools: folder)
        for candidate in candidates {
            let file = "\(folder)/\(candidate).lock"
            let descriptor = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw LedgerError.unwritable(path: file, reason: String(cString: strerror(errno)))
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                continue
            }
            do {
                spool = try DirectorySpool(directory: "\(folder)/\(candidate)")
            } catch {
                close(descriptor)
                throw error
            }
            self.name = candidate
            self.descriptor = descriptor
            return
        }
        throw Taken(name: name ?? candidates[0])
    }

    /// The names that a worker here may have without being given one: the host's, and what tells it from other hosts of that name and other
    /// folders on it, `raspberrypi-3f9c2a-1`. The same after every restart.
    private static func names(in directory: String, spools folder: String) throws -> [String] {
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "worker"
        let numbers = 1...10_000
        // Names of earlier versions were the host's alone: what such a worker left in its spool is still to be delivered.
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
                throw LedgerError.unwritable(path: file, reason: "the file cannot be made")
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

    deinit { close(descriptor) }

    /// The name is in use on this machine.
    public struct Taken: Error, CustomStringConvertible {
        let name: String
        public var description: String {
            "a worker named \(name) runs on this machine already; give this one another --name"
        }
    }
}
