import CRabbitMQ

/// A connection to a broker. Many tasks may use it at once; one thread of its own does the work.
///
/// It does not come back when it is lost: every call then throws ``AMQPError/connectionLost(reason:)``, every stream of
/// deliveries ends with it, and the owner opens a new one when it sees fit.
public final class Connection: Sendable {
    private let loop: ConnectionLoop

    private init(loop: ConnectionLoop) { self.loop = loop }

    deinit { requestClose() }

    /// Connects and logs in; at most 10 s a node for each of the two. `name` is what the broker's own tools show. Of several nodes any one that
    /// answers will do; parties spread over them by chance. Throws ``AMQPError``.
    public static func open(_ endpoint: Endpoint, name: String) async throws -> Connection {
        let nodes = endpoint.nodes.shuffled()
        for node in nodes.dropLast() {
            do {
                return Connection(loop: try await ConnectionLoop.start(endpoint: node, name: name))
            } catch AMQPError.unreachable, AMQPError.turnedAway {
                continue
            }
        }
        do {
            return Connection(loop: try await ConnectionLoop.start(endpoint: nodes.last ?? endpoint, name: name))
        } catch AMQPError.unreachable(_, let reason) {
            throw AMQPError.unreachable(endpoint, reason: reason)
        }
    }

    /// Opens a channel. Throws ``AMQPError``.
    public func openChannel() async throws -> Channel {
        try await loop.perform { loop throws(AMQPError) in try loop.openChannel() }
    }

    /// Why the broker takes no messages at the moment: it lacks memory or disk. Nil while it does.
    public var blocked: String? { loop.blocked }

    /// The product and version that the broker says it is: `RabbitMQ 3.10.8`.
    public func serverProduct() async -> String {
        let product = try? await loop.perform { loop in
            guard let properties = amqp_get_server_properties(loop.state) else { return "" }
            let told = values(of: properties.pointee)
            return [told["product"], told["version"]].compactMap { $0?.string }.joined(separator: " ")
        }
        return product ?? ""
    }

    /// Closes the connection: when this returns, the broker has given what was not acknowledged to others and let exclusive queues go; or it has
    /// not answered for 2 s.
    public func close() async {
        await withCheckedContinuation { continuation in
            loop.submit(
                .init(
                    run: { loop in loop.beginClosing { continuation.resume() } }, fail: { _ in continuation.resume() }))
        }
    }

    private func requestClose() {
        loop.submit(.init(run: { $0.beginClosing {} }, fail: { _ in }))
    }
}
