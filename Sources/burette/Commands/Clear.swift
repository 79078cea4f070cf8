import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import WorkerService

/// `burette clear`: removes a campaign.
struct Clear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a campaign's ledger, and with --broker its queues, after confirmation.",
        discussion: help(
            "", examples: "burette clear mine", "burette clear mine --yes --broker amqp://burette-planner@broker"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let path = data.ledgerPath(name)
        let files = Ledger.files(path: path)
        let broker = try self.broker.rabbitMQ()
        guard !files.isEmpty || broker != nil else {
            throw Failure("there is nothing to remove: no ledger at \(path), and no --broker given")
        }
        // A planner that runs on it would go on writing into a file without a name.
        let lock = files.isEmpty ? nil : try LedgerLock(ledger: path)
        for file in files { Output.note("would remove \(file)") }
        if let broker {
            Output.note(
                "would remove the queues burette.\(name).jobs, .results, .feed and .dead, and what workers with --only have, at \(broker.endpoint)"
            )
        }
        guard yes || confirmed() else { throw Failure("nothing was removed") }
        if let broker {
            try await broker.remove(name)
        }
        for file in files { try FileManager.default.removeItem(atPath: file) }
        removeEmptyOutboxes()
        withExtendedLifetime(lock) {}
        Output.note("removed")
    }

    /// Removes the outboxes of this machine's workers, unless a result is in one that no broker has confirmed, or a worker uses it.
    private func removeEmptyOutboxes() {
        let folder = "\(data.directory)/spool/\(name)"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for name in names where !name.hasSuffix(".lock") {
            guard let identity = try? WorkerIdentity(name: name, campaign: self.name, data: data.directory) else {
                return Output.note("\(folder) stays: the worker \(name) is running")
            }
            let contents = try? identity.outbox.kept()
            guard let contents, contents.results.isEmpty, contents.unreadable.isEmpty else {
                return Output.note("\(folder)/\(name) stays: it has results that no broker has confirmed")
            }
        }
        // What cannot be removed is empty, and in nobody's way.
        try? FileManager.default.removeItem(atPath: folder)
        let spool = "\(data.directory)/spool"
        if (try? FileManager.default.contentsOfDirectory(atPath: spool))?.isEmpty == true {
            try? FileManager.default.removeItem(atPath: spool)
        }
    }

    private func confirmed() -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            Output.note("Say --yes to remove it without a question.")
            return false
        }
        FileHandle.standardError.write(Data("Remove it for good? [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
