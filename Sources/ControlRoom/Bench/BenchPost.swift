import Brokers
import Campaigns
import Logging
import ServiceRuntime
import WorkerService

/// What people at the bench of one campaign say, on its way to the broker: on this machine's disk until the broker has it.
actor BenchPost {
    private let outbox: DirectoryOutbox
    private let broker: any Broker
    private let campaign: CampaignName
    private let logger: Logger
    /// What no broker had when this began, in order.
    nonisolated let left: [Event]
    private var waiting: [Event]
    private var isDelivering = false
    private var trouble: String?

    /// The post of a campaign's bench, which waits in `directory`. Throws `FileError`.
    init(_ campaign: CampaignName, directory: String, broker: any Broker, logger: Logger) throws {
        outbox = try DirectoryOutbox(directory: directory)
        let contents = try outbox.kept()
        for one in contents.unreadable {
            logger.error("an answer cannot be read, and is left there for inspection: \(one)")
        }
        (left, waiting) = (contents.results, contents.results)
        (self.campaign, self.broker, self.logger) = (campaign, broker, logger)
    }

    /// Takes an event, which is on the disk when this returns. Throws `FileError`.
    func keep(_ event: Event) throws {
        try outbox.keep(event)
        if !waiting.contains(where: { $0.id == event.id }) { waiting.append(event) }
        Task { await deliver() }
    }

    /// Whether everything is at the broker.
    var isEmpty: Bool { waiting.isEmpty }

    /// Brings what waits to the broker; what it does not take stays.
    func deliver() async {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while !waiting.isEmpty {
            let some = waiting
            do {
                try await broker.send(results: some, to: campaign)
                trouble = nil
            } catch {
                if trouble != "\(error)" {
                    logger.warning("answers for \(campaign) are kept, and not delivered yet: \(error)")
                }
                trouble = "\(error)"
                return
            }
            waiting.removeAll { event in some.contains { $0.id == event.id } }
            for event in some { outbox.drop(event) }
        }
    }
}
