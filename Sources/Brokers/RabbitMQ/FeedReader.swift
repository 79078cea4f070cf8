import AMQP
import Campaigns
import Synchronization

/// Reads a campaign's feed: a stream of RabbitMQ over AMQP 0-9-1 (https://www.rabbitmq.com/docs/streams#consuming).
struct FeedReader {
    private static let prefetch: UInt16 = 1000
    let connection: Connection
    let campaign: CampaignName
    /// How long a broker may send nothing of a feed that has more.
    var patience = Duration.seconds(60)

    /// Everything from the event at `position` to the one with the id `marker`, which is in the stream; from the first event
    /// where something else stands at the position, or the stream is shorter now.
    func read(from position: FeedPosition?, until marker: EventID) async throws -> FeedReplay {
        if let position, let replay = try await read(.integer(position.offset), expecting: position, until: marker) {
            return replay
        }
        guard let replay = try await read(.string("first"), expecting: nil, until: marker) else {
            throw BrokerError.linkClosed
        }
        return replay
    }

    private func read(
        _ start: HeaderValue, expecting position: FeedPosition?, until marker: EventID
    ) async throws -> FeedReplay? {
        let channel = try await connection.openChannel()
        let incoming = try await consume(channel, from: start)
        // From beyond its end a stream sends nothing at all.
        let silence = position.map { _ in Silence(limit: .seconds(3)) { await channel.close() } }
        defer { silence?.end() }
        var deliveries: [Delivery] = []
        do {
            for try await received in incoming {
                if let position, deliveries.isEmpty {
                    silence?.end()
                    guard received.offset == position.offset, received.message.id == position.id else { break }
                }
                deliveries.append(Delivery(received, source: .feed))
                try await channel.acknowledge(received.tag)
                guard received.message.id == marker, let offset = received.offset else { continue }
                await channel.close()
                return FeedReplay(
                    deliveries: deliveries, isWhole: position == nil, end: FeedPosition(offset: offset, id: marker))
            }
        } catch AMQPError.closed where position != nil && deliveries.isEmpty {
            return nil
        }
        await channel.close()
        return nil
    }

    /// Everything from the first event on, and all that comes. Owns the connection.
    func follow() async throws -> AsyncThrowingStream<Delivery, any Error> {
        let channel = try await connection.openChannel()
        let incoming = try await consume(channel, from: .string("first"))
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        let reading = Task {
            do {
                for try await received in incoming {
                    continuation.yield(Delivery(received, source: .feed))
                    try await channel.acknowledge(received.tag)
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
            await connection.close()
        }
        continuation.onTermination = { _ in reading.cancel() }
        return stream
    }

    /// Everything from the first event to the last one that is there now. Throws ``BrokerError/feedCutShort(read:reason:)`` where the
    /// broker falls silent before that.
    func readToEnd() async throws -> [Delivery] {
        guard let last = try await lastOffset() else { return [] }
        let channel = try await connection.openChannel()
        let incoming = try await consume(channel, from: .string("first"))
        var deliveries: [Delivery] = []
        let silence = Silence(limit: patience) { await channel.close() }
        defer { silence.end() }
        do {
            for try await received in incoming {
                silence.broken()
                deliveries.append(Delivery(received, source: .feed))
                try await channel.acknowledge(received.tag)
                guard let offset = received.offset, offset >= last else { continue }
                await channel.close()
                return deliveries
            }
        } catch AMQPError.closed where silence.isOver {
            throw BrokerError.feedCutShort(
                read: deliveries.count,
                reason: "the broker sent nothing for \(patience), and its last event is number \(last)")
        }
        throw BrokerError.feedCutShort(read: deliveries.count, reason: "the broker ended it")
    }

    /// After so long without a first message a feed of which the broker counts none is taken for empty; it counts every five seconds.
    private static let emptiness = Duration.seconds(6)

    /// The offset of the last event; nil for an empty feed. A reader from "last" gets the last chunk, which the broker sends in one
    /// go: with the first of its messages all of them are on their way, and they are in before the answer to a question that is asked then.
    private func lastOffset() async throws -> Int64? {
        let feed = Topology.feed(campaign)
        let channel = try await connection.openChannel()
        let incoming = try await consume(channel, from: .string("last"), prefetch: .max)
        var last: Int64?
        let silence = Silence(limit: Self.emptiness) { await channel.close() }
        defer { silence.end() }
        do {
            for try await received in incoming {
                if last == nil {
                    silence.end()
                    _ = try await channel.status(ofQueue: feed)
                    // What was delivered up to the answer still comes out of the stream, which ends behind it.
                    try await channel.cancelConsumers()
                }
                last = received.offset ?? last
            }
        } catch AMQPError.closed where silence.isOver {
            let asking = try await connection.openChannel()
            let count = try await asking.status(ofQueue: feed).ready
            guard count == 0 else {
                throw BrokerError.feedCutShort(
                    read: 0, reason: "the broker sent nothing for \(Self.emptiness), and counts \(count)")
            }
            return nil
        }
        await channel.close()
        return last
    }

    private func consume(
        _ channel: Channel, from offset: HeaderValue, prefetch: UInt16 = Self.prefetch
    ) async throws -> AsyncThrowingStream<AMQPDelivery, any Error> {
        try await channel.consume(
            Topology.feed(campaign), prefetch: prefetch, arguments: ["x-stream-offset": offset]
        ) { $0 }
    }
}

/// Calls back once nothing has happened for a while.
private final class Silence: Sendable {
    private let state = Mutex((count: 0, isOver: false))
    private let watching: Mutex<Task<Void, Never>?> = Mutex(nil)

    init(limit: Duration, over: @escaping @Sendable () async -> Void) {
        let task = Task { [weak self] in
            var seen = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: limit)
                guard !Task.isCancelled, let self else { return }
                let now = self.state.withLock { state in
                    if state.count == seen { state.isOver = true }
                    return state
                }
                if now.isOver { return await over() }
                seen = now.count
            }
        }
        watching.withLock { $0 = task }
    }

    deinit { end() }

    /// Whether it has called back, or is about to.
    var isOver: Bool { state.withLock(\.isOver) }
    /// Something has happened.
    func broken() { state.withLock { $0.count += 1 } }
    /// It calls back no more.
    func end() { watching.withLock(\.self)?.cancel() }
}

extension AMQPDelivery {
    fileprivate var offset: Int64? { message.headers["x-stream-offset"]?.integer }
}
