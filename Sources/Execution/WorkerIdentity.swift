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

    /// Takes `name`, or the first free one of this host. Throws ``WorkerIdentity/Taken`` if `name` is in use.
    public init(name: String?, campaign: CampaignName, data directory: String) throws {
        let folder = "\(directory)/spool/\(campaign)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError.unwritable(path: folder, reason: "the folder cannot be made")
        }
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "worker"
        let candidates = name.map { [$0] } ?? (1...10_000).map { "\(host)-\($0)" }
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
        throw Taken(name: name ?? host)
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
