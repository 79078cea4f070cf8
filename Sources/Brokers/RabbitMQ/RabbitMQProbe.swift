import AMQP
import Foundation

/// Looks at a broker without touching any campaign.
extension RabbitMQBroker {
    /// Connects, logs in, and returns a description of the broker. Throws ``AMQPError``.
    public func probe() async throws -> String {
        let connection = try await Connection.open(endpoint, name: "burette probe")
        let product = await connection.serverProduct()
        await connection.close()
        return "\(endpoint) answers, \(product)"
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
