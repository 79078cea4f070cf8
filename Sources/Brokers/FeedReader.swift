import AMQP
import Campaigns

/// Reads a campaign's feed: a stream of RabbitMQ over AMQP 0-9-1 (https://www.rabbitmq.com/docs/streams#consuming).
struct FeedReader {
    private static let prefetch: UInt16 = 1000
    let connection: Connection
    let campaign: CampaignName

    /// Everything from the first event to the one with the id `marker`, which is in the stream.
    func read(until marker: EventID) async throws -> [Parcel] {
        let channel = try await connection.openChannel()
        var parcels: [Parcel] = []
        for try await delivery in try await consume(channel, from: "first") {
            parcels.append(Parcel(delivery, source: .feed))
            try await channel.acknowledge(delivery.tag)
            if delivery.message.id == marker { break }
        }
        await channel.close()
        return parcels
    }

    /// Everything from the first event to what is there now, and with `follow` all that comes. Owns the connection.
    func read(follow: Bool) async throws -> AsyncThrowingStream<Parcel, any Error> {
        let last = follow ? nil : try await lastOffset()
        let channel = try await connection.openChannel()
        let deliveries = try await consume(channel, from: "first")
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
        let deliveries = try await consume(channel, from: "last")
        let patience = Task {
            try await Task.sleep(for: .milliseconds(300))
            await channel.close()
        }
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
        _ channel: Channel, from offset: String
    ) async throws -> AsyncThrowingStream<Delivery, any Error> {
        try await channel.consume(
            Topology.feed(campaign), prefetch: Self.prefetch, arguments: ["x-stream-offset": .string(offset)]
        ) { $0 }
    }
}

extension Delivery {
    fileprivate var offset: Int64? { message.headers["x-stream-offset"]?.integer }
}
