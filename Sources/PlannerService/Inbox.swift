import Brokers
import Campaigns
import ServiceRuntime

/// The planner's inbox: what workers and operators publish.
struct Inbox {
    private var patience = IdlePatience()

    /// Records, folds and acknowledges what came; returns what was new. What cannot be taken is dead-lettered with the reason.
    @discardableResult
    func receive(_ deliveries: [Delivery], _ journal: inout Journal) async throws -> [Event] {
        guard !deliveries.isEmpty else { return [] }
        var (events, accepted): ([Event], [Delivery]) = ([], [])
        var refused: [(delivery: Delivery, refusal: Refusal)] = []
        for delivery in deliveries {
            do throws(Refusal) {
                let event = try delivery.event(of: journal.campaign.name)
                if let refusal = journal.state.refusal(ofReceived: event, journal.campaign) { throw refusal }
                events.append(event)
                accepted.append(delivery)
            } catch {
                refused.append((delivery, error))
            }
        }
        let news = try await journal.record(events)
        let link = journal.link
        // Where the feed was gone and the inbox was not, what was published in between is in the inbox alone.
        if link.made.contains(.feed), !link.made.contains(.inbox) { try await link.restore(news) }
        try await link.acknowledge(accepted)
        for (delivery, refusal) in refused { try await deadLetter(delivery, refusal, &journal) }
        return news
    }

    private func deadLetter(_ delivery: Delivery, _ refusal: Refusal, _ journal: inout Journal) async throws {
        journal.logger.error(
            "a message cannot be taken and goes to the dead-letter queue: \(refusal)",
            metadata: ["message": "\(delivery.id)"])
        try await journal.announce([.unreadable(.init(by: journal.planner, message: delivery.id, refusal))])
        try await journal.link.deadLetter(delivery, reason: "\(refusal)")
    }

    /// Throws where the feed or the inbox is gone, or messages stand in the inbox and none `came`, three times in a row.
    mutating func requireConsumer(came: Bool, _ journal: Journal) async throws {
        let waiting = try await journal.link.requireQueues()
        if patience.isOver(ready: came ? 0 : waiting) {
            throw BrokerError.queueGone(name: "the reader of \(Topology.inbox(journal.campaign.name))")
        }
    }
}

/// Measurements that take longer than the campaign allows.
enum OverdueMeasurements {
    /// Announces those that are newly overdue, and fails them where the campaign says so; returns what was announced.
    static func announce(_ journal: inout Journal) async throws -> [Event] {
        let campaign = journal.campaign
        let overdue = journal.state.newlyOverdue(campaign, now: journal.dependencies.now())
        guard !overdue.isEmpty else { return [] }
        for one in overdue {
            journal.logger.warning(
                "job \(one.job) at \(one.worker) is overdue: \(one.reason)", metadata: ["job": "\(one.job)"])
        }
        // One transaction: a planner that dies here has said both, or neither.
        let failures = overdue.map { one in
            Event.Body.failed(
                .init(
                    job: one.job, worker: one.worker, reason: one.reason, began: one.since,
                    ended: max(one.since, journal.dependencies.now())))
        }
        return try await journal.announce(
            overdue.map(Event.Body.overdue) + (campaign.workers.overdue == .fail ? failures : []))
    }
}
