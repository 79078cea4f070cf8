import AMQP
import Campaigns
import Foundation
import Synchronization

/// A broker inside this process, with the promises of the real one as long as the process lives. What has to survive the
/// process is in the planner's ledger.
///
/// Every operation is done when it returns; nothing runs in the background, so that a simulation can own the order.
public final class EmbeddedBroker: Broker {
    private let campaigns = Mutex<[CampaignName: EmbeddedQueues]>([:])
    let confirmsOnceAcknowledged: Bool

    /// A broker without campaigns. With `confirmsOnceAcknowledged` what workers, people and operators publish is confirmed when the planner has acknowledged
    /// it, and so has it on disk: then an outbox and the planner's ledger keep a result safe although this broker keeps nothing.
    public init(confirmsOnceAcknowledged: Bool = false) { self.confirmsOnceAcknowledged = confirmsOnceAcknowledged }

    /// Makes a campaign's queues, so that workers may come before its planner.
    public func declare(_ campaign: CampaignName) { with(campaign) { _ in } }

    public func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink {
        let link = with(campaign) { $0.newLink() }
        if !with(campaign, { $0.lock.take(link) }) {
            guard wait else { throw BrokerError.held(campaign) }
            standby()
            let grant = Promise<Void>()
            with(campaign) { $0.lock.wait(link, grant) }
            try await grant.value()
        }
        return EmbeddedPlannerLink(broker: self, campaign: campaign, link: link)
    }

    public func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        // Nobody waits until it is acknowledged: workers may come before the planner.
        let presence = try presence.map(EmbeddedQueues.Stored.init)
        let link = try withExisting(campaign) { queues in
            if let presence { queues.tellPlanner(presence) }
            return try queues.attach(worker: continuation, queue: queue)
        }
        return EmbeddedWorkerLink(broker: self, campaign: campaign, link: link, jobs: stream)
    }

    public func send(orders: [Event], to campaign: CampaignName) async throws {
        try requireExisting(campaign)
        try await tell(orders, to: campaign)
    }

    public func send(results: [Event], to campaign: CampaignName) async throws {
        try requireExisting(campaign)
        try await tell(results, to: campaign)
    }

    /// Tells the planner, where `check` does not throw; returns once that is confirmed.
    func tell(
        _ events: [Event], to campaign: CampaignName, check: @Sendable (inout EmbeddedQueues) throws -> Void = { _ in }
    ) async throws {
        let messages = try events.map(EmbeddedQueues.Stored.init)
        let confirms = try with(campaign) { queues in
            try check(&queues)
            return try messages.compactMap { message -> Promise<Void>? in
                guard confirmsOnceAcknowledged else {
                    queues.tellPlanner(message)
                    return nil
                }
                let confirm = Promise<Void>()
                try queues.tellPlanner(message, confirm: confirm)
                return confirm
            }
        }
        for confirm in confirms { try await confirm.value() }
    }

    public func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        try withExisting(campaign) { $0.attach(follower: continuation, follow: follow) }
        return stream
    }

    public func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth {
        try withExisting(campaign) { try $0.depth(for: queue) }
    }

    public func isPlanned(_ campaign: CampaignName) async throws -> Bool {
        try withExisting(campaign) { $0.lock.holder != nil }
    }

    public func remove(_ campaign: CampaignName) async throws {
        try campaigns.withLock { campaigns in
            guard campaigns[campaign]?.lock.holder == nil else { throw BrokerError.held(campaign) }
            var queues = campaigns.removeValue(forKey: campaign)
            queues?.end()
        }
    }

    /// Removes a campaign's feed with what is in it, as somebody might by hand.
    package func removeFeed(of campaign: CampaignName) { with(campaign) { $0.removeFeed() } }

    /// Removes a campaign's work queue with what is in it and what workers hold of it, as somebody might by hand.
    package func removeWorkQueue(of campaign: CampaignName) { with(campaign) { $0.removeWorkQueue() } }

    /// What stands in a campaign's queues at this moment, for whoever checks the promises.
    package func census(of campaign: CampaignName) -> EmbeddedCensus { with(campaign) { $0.census } }

    /// The events of a campaign's feed, in order.
    package func feedIDs(of campaign: CampaignName) -> [EventID] { with(campaign) { $0.feed.deliveries.map(\.id) } }

    /// The jobs that a worker of this broker has not acknowledged.
    package func unacknowledged(by worker: any WorkerLink) -> [EventID] {
        guard let worker = worker as? EmbeddedWorkerLink else { return [] }
        return with(worker.campaign) { $0.unacknowledged(by: worker.link) }
    }

    func with<Result: Sendable>(
        _ campaign: CampaignName, _ body: (inout sending EmbeddedQueues) throws -> sending Result
    ) rethrows -> Result {
        try campaigns.withLock { campaigns in
            // Taken out, so that it is changed in its place and not copied.
            var queues = campaigns.removeValue(forKey: campaign) ?? EmbeddedQueues()
            defer { campaigns[campaign] = queues }
            return try body(&queues)
        }
    }

    private func withExisting<Result: Sendable>(
        _ campaign: CampaignName, _ body: (inout sending EmbeddedQueues) throws -> sending Result
    ) throws -> Result {
        try requireExisting(campaign)
        return try with(campaign, body)
    }

    private func requireExisting(_ campaign: CampaignName) throws {
        guard campaigns.withLock({ $0[campaign] != nil }) else { throw BrokerError.unknownCampaign(campaign) }
    }
}

/// The messages in an embedded broker's queues, by their ids.
package struct EmbeddedCensus: Hashable, Sendable {
    /// Jobs that nobody holds.
    package let ready: [EventID]
    /// Jobs that a worker, or the planner that takes them back, has not acknowledged.
    package let unacknowledged: [EventID]
    /// What the planner has not acknowledged.
    package let inbox: [EventID]
}
