import AMQP
import Campaigns

/// Reads a campaign's feed: a stream of RabbitMQ over AMQP 0-9-1 (https://www.rabbitmq.com/docs/streams#consuming).
struct FeedReader {
    private static let prefetch: UInt16 = 1000
    let connection: Connection
    let campaign: CampaignName

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
        let deliveries = try await consume(channel, from: start)
        // From beyond its end a stream sends nothing at all.
        let patience = position.map { _ in closing(channel, after: .seconds(3)) }
        defer { patience?.cancel() }
        var parcels: [Parcel] = []
        do {
            for try await delivery in deliveries {
                if let position, parcels.isEmpty {
                    patience?.cancel()
                    guard delivery.offset == position.offset, delivery.message.id == position.id else { break }
                }
                parcels.append(Parcel(delivery, source: .feed))
                try await channel.acknowledge(delivery.tag)
                guard delivery.message.id == marker, let offset = delivery.offset else { continue }
                await channel.close()
                return FeedReplay(
                    parcels: parcels, isWhole: position == nil, end: FeedPosition(offset: offset, id: marker))
            }
        } catch AMQPError.closed where position != nil && parcels.isEmpty {
            return nil
        }
        await channel.close()
        return nil
    }

    /// Ends a channel's stream after a while.
    private func closing(_ channel: Channel, after pause: Duration) -> Task<Void, any Error> {
        Task {
            try await Task.sleep(for: pause)
            await channel.close()
        }
    }

    /// Everything from the first event to what is there now, and with `follow` all that comes. Owns the connection.
    func read(follow: Bool) async throws -> AsyncThrowingStream<Parcel, any Error> {
        let last = follow ? nil : try await lastOffset()
        let channel = try await connection.openChannel()
        let deliveries = try await consume(channel, from: .string("first"))
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Parcel.self)
        let reading = Task {
            do {
                if follow || last != nil {
                    for try await delivery in deliveries {
                        continuation.yield(Parcel(delivery, source: .feed))
                        try await channel.acknowledge(delivery.tag)
                        if let last, let offset = delivery.offset, offset >= last { break }
                    }
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

    /// The offset of the last event; nil for an empty feed. A reader from "last" gets the last chunk whole, so what comes
    /// within a moment of its first message is taken with it.
    private func lastOffset() async throws -> Int64? {
        let channel = try await connection.openChannel()
        let deliveries = try await consume(channel, from: .string("last"))
        let patience = closing(channel, after: .milliseconds(300))
        var last: Int64?
        do {
            for try await delivery in deliveries {
                last = delivery.offset ?? last
                try await channel.acknowledge(delivery.tag)
            }
        } catch AMQPError.closed {
            // The moment is over.
        }
        patience.cancel()
        return last
    }

    private func consume(
        _ channel: Channel, from offset: HeaderValue
    ) async throws -> AsyncThrowingStream<Delivery, any Error> {
        try await channel.consume(
            Topology.feed(campaign), prefetch: Self.prefetch, arguments: ["x-stream-offset": offset]
        ) { $0 }
    }
}

extension Delivery {
    fileprivate var offset: Int64? { message.headers["x-stream-offset"]?.integer }
}
