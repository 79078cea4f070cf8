import AMQP
import Campaigns
import Foundation

/// Looks at a broker without touching any campaign.
extension RabbitMQBroker {
    /// Connects, logs in, and returns what the broker says it is: `RabbitMQ 3.10.8`. Throws ``AMQPError``, or ``BrokerError/tooOld(product:needed:)``.
    public func product() async throws -> String {
        let connection = try await Connection.open(endpoint, name: "burette probe")
        let product = await connection.serverProduct()
        await connection.close()
        if let version = RabbitMQVersion(product: product), version < .oldestSupported {
            throw BrokerError.tooOld(product: product, needed: "\(RabbitMQVersion.oldestSupported)")
        }
        return product
    }

    /// What keys of policies apply to a campaign's queues that take messages away or close queues, each with its queue: `message-ttl of
    /// burette.NAME.jobs`. Empty where there are none, nil where no planner has opened the campaign. Throws ``Management/Silent``.
    public func harmfulPolicies(of campaign: CampaignName, by management: Management) async throws -> [String]? {
        let harmful: Set = ["message-ttl", "expires", "max-length", "max-length-bytes", "max-age", "delivery-limit"]
        var found: [String] = []
        for queue in [
            Topology.work(campaign), Topology.inbox(campaign), Topology.feed(campaign), Topology.dead(campaign),
        ] {
            guard let keys = try await management.policyKeys(ofQueue: queue) else { return nil }
            found += keys.filter(harmful.contains).map { "\($0) of \(queue)" }
        }
        return found
    }

    /// Makes and removes a quorum queue and a stream, as a planner does. Throws ``AMQPError``.
    public func probePlannerRights() async throws -> String {
        let connection = try await Connection.open(endpoint, name: "burette probe")
        do {
            let channel = try await connection.openChannel()
            for kind in ["quorum", "stream"] {
                let name = "burette.doctor.\(UUID().uuidString.lowercased())"
                try await channel.declareQueue(name, durable: true, arguments: ["x-queue-type": .string(kind)])
                try await channel.deleteQueue(name)
            }
            await connection.close()
            return "quorum queues and streams can be made"
        } catch {
            await connection.close()
            throw error
        }
    }
}
