import Foundation

/// A channel of a ``Connection``. A channel that the broker closed stays closed; the connection goes on.
public struct Channel: Sendable {
    let loop: ConnectionLoop
    let number: UInt16
    let serial: UInt64

    /// Asks for publisher confirms: every publication from here on is waited for.
    public func enableConfirms() async throws {
        try await perform { loop, channel throws(AMQPError) in try loop.enableConfirms(channel) }
    }

    /// Declares a durable exchange. Throws ``AMQPError/channelClosed(code:reason:)`` with 406 if it is of another kind.
    public func declareExchange(_ name: String, kind: String) async throws {
        try await perform { loop, channel throws(AMQPError) in
            try loop.declareExchange(channel, name: name, kind: kind)
        }
    }

    /// Declares a queue. A durable one outlives the broker; an exclusive one belongs to this connection and goes with it,
    /// and a second declaration elsewhere gets 405.
    @discardableResult
    public func declareQueue(
        _ name: String, durable: Bool, exclusive: Bool = false, arguments: [String: HeaderValue] = [:]
    ) async throws -> QueueStatus {
        try await perform { loop, channel throws(AMQPError) in
            try loop.declareQueue(
                channel, name: name, passive: false, durable: durable, exclusive: exclusive, arguments: arguments)
        }
    }

    /// How many messages are ready in a queue, and how many consumers it has. Throws 404 if there is none.
    public func status(ofQueue name: String) async throws -> QueueStatus {
        try await perform { loop, channel throws(AMQPError) in
            try loop.declareQueue(
                channel, name: name, passive: true, durable: false, exclusive: false, arguments: [:])
        }
    }

    /// Routes what is published to `exchange` with a key like `key` to `queue`.
    public func bind(queue: String, to exchange: String, key: String) async throws {
        try await perform { loop, channel throws(AMQPError) in
            try loop.bind(channel, queue: queue, exchange: exchange, key: key)
        }
    }

    /// Deletes a queue with what is in it; no error if there is none.
    public func deleteQueue(_ name: String) async throws {
        try await perform { loop, channel throws(AMQPError) in try loop.deleteQueue(channel, name: name) }
    }

    /// Publishes persistent messages in their order, all of them on their way at once, and waits for every confirm: each is
    /// on the disks of every queue that it was routed to. Throws ``AMQPError/unroutable(exchange:key:)`` if one had no
    /// queue, ``AMQPError/refused(exchange:key:)`` if a queue did not take one. Needs ``enableConfirms()``.
    public func publish(_ publications: [Publication]) async throws {
        try await send(publications).confirmed()
    }

    /// Sends publications on their way without waiting, in the order of the calls; what comes of them is told by the confirmation.
    public func send(_ publications: [Publication]) -> Confirmation {
        let confirmation = Confirmation()
        guard !publications.isEmpty else {
            confirmation.settle(.success(()))
            return confirmation
        }
        let run: @Sendable (ConnectionLoop) -> Void = { loop in
            do throws(AMQPError) {
                let number = try loop.number(of: self)
                let confirms = Countdown(publications.count) { confirmation.settle($0) }
                for publication in publications { loop.publish(number, publication, done: confirms.count) }
            } catch {
                confirmation.settle(.failure(error))
            }
        }
        loop.submit(.init(run: run, fail: { confirmation.settle(.failure($0)) }))
        return confirmation
    }

    /// Publishes one message: see ``publish(_:)``.
    public func publish(_ message: Message, to exchange: String, key: String) async throws {
        try await publish([Publication(message: message, exchange: exchange, key: key)])
    }

    /// The messages of a queue as they are handed over, at most `prefetch` of them unacknowledged, each as `element` makes
    /// of it. The stream ends with an ``AMQPError`` when the channel or the queue goes.
    public func consume<Element: Sendable>(
        _ queue: String, prefetch: UInt16, arguments: [String: HeaderValue] = [:],
        element: @escaping @Sendable (AMQPDelivery) -> Element
    ) async throws -> AsyncThrowingStream<Element, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Element.self)
        try await perform { loop, channel throws(AMQPError) in
            try loop.consume(channel, queue: queue, prefetch: prefetch, arguments: arguments) {
                .init(
                    queue: queue, deliver: { continuation.yield(element($0)) },
                    end: { continuation.finish(throwing: $0) })
            }
        }
        return stream
    }

    /// Cancels the consumers of this channel. When this returns nothing more is delivered; their streams end behind what was delivered
    /// before, which is still to be acknowledged.
    public func cancelConsumers() async throws {
        try await perform { loop, channel throws(AMQPError) in try loop.cancelConsumers(channel) }
        // The thread has read the frames that came before the answer when it takes the next command.
        try await perform { loop, channel throws(AMQPError) in loop.endConsumers(channel) }
    }

    /// Takes one ready message out of a queue, to be acknowledged; nil if none is ready. Use a channel without consumers.
    public func get(_ queue: String) async throws -> AMQPDelivery? {
        try await perform { loop, channel throws(AMQPError) in try loop.get(channel, queue: queue) }
    }

    /// Acknowledges deliveries of this channel.
    public func acknowledge(_ tags: UInt64...) async throws { try await acknowledge(tags) }

    /// Acknowledges deliveries of this channel, in one go.
    public func acknowledge(_ tags: [UInt64]) async throws {
        guard !tags.isEmpty else { return }
        try await perform { loop, channel throws(AMQPError) in try loop.acknowledge(channel, tags: tags) }
    }

    /// Gives a delivery back: to the queue, or where its queue sends dead letters.
    public func reject(_ tag: UInt64, requeue: Bool) async throws {
        try await perform { loop, channel throws(AMQPError) in
            try loop.reject(channel, tag: tag, requeue: requeue)
        }
    }

    /// Closes the channel; the broker gives what was not acknowledged to others.
    public func close() async {
        _ = try? await perform { loop, channel throws(AMQPError) in try loop.closeChannel(channel) }
    }

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (ConnectionLoop, UInt16) throws(AMQPError) -> Result
    ) async throws -> Result {
        try await loop.perform { loop throws(AMQPError) in try body(loop, try loop.number(of: self)) }
    }
}

/// A message and where it is published to.
public struct Publication: Sendable, Hashable {
    let message: Message
    let exchange: String
    let key: String

    /// `message` for `exchange` with the routing key `key`.
    public init(message: Message, exchange: String, key: String) {
        self.message = message
        self.exchange = exchange
        self.key = key
    }
}

/// Calls back when so many answers are in, with the first error among them. Used on the connection's thread only.
private final class Countdown {
    private var left: Int
    private var first: AMQPError?
    private let done: (Result<Void, AMQPError>) -> Void

    init(_ left: Int, done: @escaping (Result<Void, AMQPError>) -> Void) {
        self.left = left
        self.done = done
    }

    func count(_ answer: Result<Void, AMQPError>) {
        if case .failure(let error) = answer { first = first ?? error }
        left -= 1
        if left == 0 { done(first.map { .failure($0) } ?? .success(())) }
    }
}
