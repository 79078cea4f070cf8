import AMQP
import Campaigns
import Foundation

/// RabbitMQ, 3.10 through 4.x, with the topology of docs/broker.md.
public struct RabbitMQBroker: Broker {
    /// Where it is.
    public let endpoint: Endpoint
    /// Its management API, where it may be asked what AMQP does not tell.
    public let management: Management?

    /// The broker at `endpoint`; nothing is connected yet.
    public init(endpoint: Endpoint, management: Management? = nil) {
        self.endpoint = endpoint
        self.management = management
    }

    /// The campaigns that are there, by name; nil where no management API is known, which alone tells. Throws ``Management/Silent``.
    public func campaigns() async throws -> [CampaignName]? { try await management?.campaigns() }

    public func openPlanner(
        _ campaign: CampaignName, as planner: String, wait: Bool, standby: @escaping @Sendable () -> Void
    ) async throws -> any PlannerLink {
        let connection = try await Connection.open(endpoint, name: "burette planner \(campaign) \(planner)")
        do {
            try await lock(campaign, over: connection, wait: wait, standby: standby)
            let counts = management.map { api in
                UnacknowledgedCounts(ask: { try await api.unacknowledged(inQueue: $0) })
            }
            return try await RabbitMQPlannerLink(connection: connection, campaign: campaign, unacknowledged: counts)
        } catch {
            await connection.close()
            throw error
        }
    }

    /// The lock is an exclusive queue: it belongs to the connection, and is deleted with it. A standby watches the consumers of the
    /// inbox: declaring the lock again and again would fill the broker's log.
    private func lock(
        _ campaign: CampaignName, over connection: Connection, wait: Bool, standby: @Sendable () -> Void
    ) async throws {
        var waited = false
        while true {
            if waited, try await isPlanned(campaign, over: connection) {
                try await Task.sleep(for: Polling.lock)
                continue
            }
            do {
                let channel = try await connection.openChannel()
                try await channel.declareQueue(Topology.lock(campaign), durable: false, exclusive: true)
                return
            } catch AMQPError.channelClosed(code: 405, _) {
                guard wait else { throw BrokerError.held(campaign) }
                if !waited { standby() }
                waited = true
                try await Task.sleep(for: Polling.lock)
            }
        }
    }

    public func openWorker(
        _ campaign: CampaignName, as worker: String, for queue: WorkQueue, announcing presence: Event?
    ) async throws -> any WorkerLink {
        let connection = try await Connection.open(endpoint, name: "burette worker \(campaign) \(worker)")
        do {
            if let presence, queue != .common { try await announce(presence, on: queue, over: connection) }
            return try await RabbitMQWorkerLink(connection: connection, campaign: campaign, queue: queue)
        } catch AMQPError.channelClosed(code: 404, _) {
            await connection.close()
            guard let only = queue.capability else { throw BrokerError.unknownCampaign(campaign) }
            // Throws if the campaign is not known at all; else its planner is still to make the queue.
            _ = try await depth(of: campaign)
            throw BrokerError.noQueue(for: only)
        } catch {
            await connection.close()
            throw Self.named(error, campaign)
        }
    }

    /// Announces the worker's capability, and gives the planner a moment to declare the queue.
    private func announce(_ presence: Event, on queue: WorkQueue, over connection: Connection) async throws {
        let channel = try await connection.openChannel()
        try await channel.enableConfirms()
        try await channel.publish(
            try Message(presence), to: Topology.results, key: "\(presence.campaign).\(presence.body.type)")
        await channel.close()
        let name = Topology.work(presence.campaign, for: queue)
        for _ in 0..<Polling.looksForQueue {
            guard try await RabbitMQTopology.isMissing(name, over: connection) else { return }
            try await Task.sleep(for: Polling.queue)
        }
    }

    public func send(orders: [Event], to campaign: CampaignName) async throws {
        try await send(orders, to: campaign, at: Topology.control, as: "operator")
    }

    public func send(results: [Event], to campaign: CampaignName) async throws {
        try await send(results, to: campaign, at: Topology.results, as: "worker")
    }

    private func send(_ events: [Event], to campaign: CampaignName, at exchange: String, as name: String) async throws {
        try await withChannel(name, campaign) { channel in
            try await channel.enableConfirms()
            try await channel.publish(
                events.map {
                    Publication(message: try Message($0), exchange: exchange, key: "\(campaign).\($0.body.type)")
                })
        }
    }

    public func depth(of campaign: CampaignName, for queue: WorkQueue) async throws -> QueueDepth {
        try await withChannel("status", campaign) { channel in
            let status = try await channel.status(ofQueue: Topology.work(campaign, for: queue))
            return QueueDepth(ready: status.ready, consumers: status.consumers)
        }
    }

    public func isPlanned(_ campaign: CampaignName) async throws -> Bool {
        do {
            return try await withChannel("status", campaign) { channel in
                try await channel.status(ofQueue: Topology.inbox(campaign)).consumers > 0
            }
        } catch BrokerError.unknownCampaign {
            return false
        }
    }

    /// Whether anybody reads the planner's inbox.
    private func isPlanned(_ campaign: CampaignName, over connection: Connection) async throws -> Bool {
        let channel = try await connection.openChannel()
        do {
            let readers = try await channel.status(ofQueue: Topology.inbox(campaign)).consumers
            await channel.close()
            return readers > 0
        } catch AMQPError.channelClosed(code: 404, _) {
            return false
        }
    }

    public func feed(of campaign: CampaignName, follow: Bool) async throws -> AsyncThrowingStream<Delivery, any Error> {
        let connection = try await Connection.open(endpoint, name: "burette viewer \(campaign)")
        do {
            let reader = FeedReader(connection: connection, campaign: campaign)
            if follow { return try await reader.follow() }
            let deliveries = try await reader.readToEnd()
            await connection.close()
            return AsyncThrowingStream { continuation in
                for delivery in deliveries { continuation.yield(delivery) }
                continuation.finish()
            }
        } catch {
            await connection.close()
            throw Self.named(error, campaign)
        }
    }

    public func remove(_ campaign: CampaignName) async throws {
        let connection = try await Connection.open(endpoint, name: "burette clear \(campaign)")
        do {
            // The lock falls with the connection, after everything else is gone.
            try await lock(campaign, over: connection, wait: false, standby: {})
            // Without a readable feed the other queues go all the same; what is left over is empty and harmless.
            let capabilities = (try? await capabilities(of: campaign, over: connection)) ?? []
            let channel = try await connection.openChannel()
            let names =
                [Topology.work(campaign)] + capabilities.map { Topology.work(campaign, for: .restricted($0)) }
                + [Topology.inbox(campaign), Topology.dead(campaign), Topology.feed(campaign)]
            for name in names { try await channel.deleteQueue(name) }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    /// The capabilities that workers announced: only the feed has the names of their queues.
    private func capabilities(
        of campaign: CampaignName, over connection: Connection
    ) async throws -> Set<Capability> {
        guard try await !RabbitMQTopology.isMissing(Topology.feed(campaign), over: connection) else { return [] }
        let reader = FeedReader(connection: connection, campaign: campaign)
        return Set(
            try await reader.readToEnd().compactMap { delivery in
                guard case .present(let presence)? = try? delivery.event(of: campaign).body else { return nil }
                return presence.only
            })
    }

    private func withChannel<Result: Sendable>(
        _ role: String, _ campaign: CampaignName, _ body: (Channel) async throws -> Result
    ) async throws -> Result {
        let connection = try await Connection.open(endpoint, name: "burette \(role) \(campaign)")
        do {
            let result = try await body(try await connection.openChannel())
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw Self.named(error, campaign)
        }
    }

    /// A queue that is missing, or a message without one, means that the campaign is not known here.
    private static func named(_ error: any Error, _ campaign: CampaignName) -> any Error {
        switch error {
        case AMQPError.channelClosed(code: 404, _), AMQPError.unroutable: BrokerError.unknownCampaign(campaign)
        default: error
        }
    }
}

/// How often RabbitMQ is asked for what it tells nobody by itself: AMQP 0-9-1 has no notification of a new queue, or of one whose owner
/// is gone.
private enum Polling {
    /// Between two looks for the planner's lock: a standby takes over within this time.
    static let lock = Duration.milliseconds(100)
    /// Between two looks for the queue that a planner makes for a worker that announced itself; it makes it within a second.
    static let queue = Duration.milliseconds(50)
    /// After so many looks the worker tries again from the start.
    static let looksForQueue = 40
}
