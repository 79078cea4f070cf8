import AMQP
import Foundation
import Support
import Testing

/// librabbitmq as asynchronous Swift, against a real RabbitMQ.
@Suite("A connection", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct ConnectionTests {
    private let endpoint = TestBroker.endpoint ?? Endpoint(host: "127.0.0.1")

    @Test("says in words that nobody answers")
    func unreachable() async throws {
        let nowhere = Endpoint(host: "127.0.0.1", port: 1)
        let error = try await refusal(nowhere)
        guard case .unreachable = error else { throw Unexpected(error) }
        #expect("\(error)".contains("no broker answers at amqp://guest@127.0.0.1:1"))
    }

    @Test("says in words that the password is wrong, without the password")
    func wrongPassword() async throws {
        var stranger = endpoint
        stranger.password = "s3cret"
        let error = try await refusal(stranger)
        guard case .loginRefused = error else { throw Unexpected(error) }
        #expect(!"\(error)".contains("s3cret"))
    }

    @Test("says in words that there is no such virtual host")
    func wrongVirtualHost() async throws {
        var elsewhere = endpoint
        elsewhere.virtualHost = "nowhere"
        let error = try await refusal(elsewhere)
        guard case .virtualHostRefused = error else { throw Unexpected(error) }
    }

    @Test("that the broker has no room for may be tried again, and says why")
    func limit() async throws {
        let host = "full-\(UUID())"
        _ = try await TestBroker.control("add_vhost", host)
        _ = try await TestBroker.control("set_permissions", "-p", host, endpoint.user, ".*", ".*", ".*")
        _ = try await TestBroker.control("set_vhost_limits", "-p", host, #"{"max-connections": 0}"#)
        var crowded = endpoint
        crowded.virtualHost = host
        let error = try await refusal(crowded)
        guard case .turnedAway = error else { throw Unexpected(error) }
        #expect(error.isTransient && "\(error)".contains("limit"))
        // It is let in when there is room.
        _ = try await TestBroker.control("clear_vhost_limits", "-p", host)
        await (try await Connection.open(crowded, name: "test")).close()
        _ = try await TestBroker.control("delete_vhost", host)
    }

    @Test("learns the broker's product and version")
    func product() async throws {
        try await withConnection { connection in
            #expect(await connection.serverProduct().hasPrefix("RabbitMQ "))
        }
    }

    @Test("keeps its heartbeats going while nobody uses it")
    func heartbeats() async throws {
        var hasty = endpoint
        hasty.heartbeat = 1
        let connection = try await Connection.open(hasty, name: "heartbeats")
        // The broker gives a silent client up after two intervals.
        try await Task.sleep(for: .seconds(5))
        let channel = try await connection.openChannel()
        try await channel.declareQueue("heartbeats-\(UUID())", durable: false, exclusive: true)
        await connection.close()
    }

    @Test("ends every stream and call with the reason when the broker closes it")
    func closedByBroker() async throws {
        let connection = try await Connection.open(endpoint, name: "to be closed")
        let channel = try await connection.openChannel()
        let queue = "closed-\(UUID())"
        try await channel.declareQueue(queue, durable: false, exclusive: true)
        let deliveries = Collector(try await channel.consume(queue, prefetch: 1) { $0 })
        let listed = try await TestBroker.control("list_connections", "pid", "client_properties")
        let line = try #require(listed.split(separator: "\n").first { $0.contains("to be closed") })
        _ = try await TestBroker.control("close_connection", String(line.split(separator: "\t")[0]), "for a test")
        #expect(await deliveries.ends())
        guard case .connectionLost(let reason)? = await deliveries.error as? AMQPError else {
            throw Unexpected(await deliveries.error)
        }
        #expect(reason.contains("for a test"))
        await #expect(throws: AMQPError.self) { try await channel.status(ofQueue: queue) }
    }

    @Test("closes what it held when it is closed, and later calls say so")
    func closing() async throws {
        let connection = try await Connection.open(endpoint, name: "test")
        let channel = try await connection.openChannel()
        await connection.close()
        let error = await #expect(throws: AMQPError.self) { try await channel.enableConfirms() }
        #expect(error == .closed)
    }

    /// What opening a connection to `endpoint` throws.
    private func refusal(_ endpoint: Endpoint) async throws -> AMQPError {
        let error = await #expect(throws: AMQPError.self) { _ = try await Connection.open(endpoint, name: "test") }
        return try #require(error)
    }
}
