import AMQP
import Campaigns

/// The exchanges and queues of a campaign, declared anew at every start: where they exist, nothing happens.
enum RabbitMQTopology {
    /// Returns which of the campaign's queues were missing.
    static func declare(_ campaign: CampaignName, over connection: Connection) async throws -> Set<CampaignQueue> {
        let made = try await missing(campaign, over: connection)
        let channel = try await connection.openChannel()
        for exchange in [Topology.jobs, Topology.results, Topology.control, Topology.dead] {
            try await naming(exchange) { try await channel.declareExchange(exchange, kind: "topic") }
        }
        for (name, arguments) in queues(campaign) {
            try await naming(name) { try await channel.declareQueue(name, durable: true, arguments: arguments) }
        }
        for (queue, exchange, key) in bindings(campaign) {
            try await channel.bind(queue: queue, to: exchange, key: key)
        }
        await channel.close()
        return made
    }

    /// Makes the queue of the workers that can do `only`; true if it was missing.
    static func declare(
        _ only: Capability, of campaign: CampaignName, over connection: Connection
    ) async throws -> Bool {
        let queue = Topology.work(campaign, for: .restricted(only))
        let isMissing = try await isMissing(queue, over: connection)
        let channel = try await connection.openChannel()
        try await naming(queue) { try await channel.declareQueue(queue, durable: true, arguments: work(campaign)) }
        try await channel.bind(queue: queue, to: Topology.jobs, key: Topology.key(campaign, for: .restricted(only)))
        await channel.close()
        return isMissing
    }

    static func isMissing(_ queue: String, over connection: Connection) async throws -> Bool {
        // The broker closes the channel of whoever asks for a queue that is not there.
        let channel = try await connection.openChannel()
        do {
            _ = try await channel.status(ofQueue: queue)
            await channel.close()
            return false
        } catch AMQPError.channelClosed(code: 404, let reason) where reason.contains("no queue") {
            // A queue whose nodes are down is also not found, in other words: that one is not missing.
            return true
        }
    }

    private static func missing(
        _ campaign: CampaignName, over connection: Connection
    ) async throws -> Set<CampaignQueue> {
        var missing: Set<CampaignQueue> = []
        for queue in CampaignQueue.allCases where try await isMissing(queue.name(campaign), over: connection) {
            missing.insert(queue)
        }
        return missing
    }

    private static func queues(_ campaign: CampaignName) -> [(String, [String: HeaderValue])] {
        [
            (Topology.dead(campaign), ["x-queue-type": .string("quorum")]),
            (Topology.feed(campaign), ["x-queue-type": .string("stream")]),
            (Topology.inbox(campaign), quorum(campaign, deadLetters: Topic.undelivered)),
            (Topology.work(campaign), work(campaign)),
        ]
    }

    /// Nothing is dropped on its way to the dead-letter queue, nor when a queue is full: its publisher is told.
    private static func quorum(_ campaign: CampaignName, deadLetters topic: String) -> [String: HeaderValue] {
        [
            "x-queue-type": .string("quorum"), "x-dead-letter-exchange": .string(Topology.dead),
            "x-dead-letter-routing-key": .string("\(campaign).\(topic)"),
            "x-dead-letter-strategy": .string("at-least-once"), "x-overflow": .string("reject-publish"),
        ]
    }

    private static func work(_ campaign: CampaignName) -> [String: HeaderValue] {
        var arguments = quorum(campaign, deadLetters: Topic.dead)
        arguments["x-delivery-limit"] = .integer(Int64(Topology.deliveryLimit))
        arguments["x-consumer-timeout"] = .integer(Topology.consumerTimeout)
        return arguments
    }

    private static func bindings(_ campaign: CampaignName) -> [(queue: String, exchange: String, key: String)] {
        let (work, inbox) = (Topology.work(campaign), Topology.inbox(campaign))
        let (feed, dead) = (Topology.feed(campaign), Topology.dead(campaign))
        return [
            (feed, Topology.jobs, "\(campaign).#"), (feed, Topology.results, "\(campaign).#"),
            (feed, Topology.control, "\(campaign).#"), (feed, Topology.dead, "\(campaign).#"),
            (dead, Topology.dead, "\(campaign).#"),
            (inbox, Topology.results, "\(campaign).*"), (inbox, Topology.control, "\(campaign).*"),
            // The planner learns of a job that was given up from the job itself.
            (inbox, Topology.dead, "\(campaign).\(Topic.dead)"),
            // The jobs themselves have the campaign's bare name as their key; last, so that no job goes by unseen.
            (work, Topology.jobs, "\(campaign)"),
        ]
    }

    private static func naming(_ name: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch AMQPError.channelClosed(code: 406, let reason) {
            throw BrokerError.otherArguments(name: name, reason: reason)
        }
    }
}

extension CampaignQueue {
    /// Its name at the broker.
    fileprivate func name(_ campaign: CampaignName) -> String {
        switch self {
        case .work: Topology.work(campaign)
        case .inbox: Topology.inbox(campaign)
        case .feed: Topology.feed(campaign)
        }
    }
}
