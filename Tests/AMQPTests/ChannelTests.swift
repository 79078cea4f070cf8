import AMQP
import Foundation
import Support
import Testing

@Suite("A channel", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct ChannelTests {
    @Test("hands over a message as it was published, of any size", arguments: [0, 1, 4096, 131_072, 3_000_000])
    func roundTrip(size: Int) async throws {
        try await withQueue { channel, queue in
            let body = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let message = Message(
                id: "one", type: "kind", contentType: "application/x",
                headers: ["text": .string("ä"), "count": .integer(-3)],
                body: body)
            try await channel.publish(message, to: "", key: queue)
            let delivery = try #require(await Collector(try await channel.consume(queue, prefetch: 1) { $0 }).next())
            #expect(delivery.message == message)
            #expect(!delivery.redelivered)
            try await channel.acknowledge(delivery.tag)
        }
    }

    @Test("gets a message with its properties, or nothing")
    func get() async throws {
        try await withQueue { channel, queue in
            #expect(try await channel.get(queue) == nil)
            let message = Message(id: "one", type: "kind", body: Data("x".utf8))
            try await channel.publish(message, to: "", key: queue)
            let got = try #require(try await channel.get(queue))
            #expect(got.message == message)
            try await channel.acknowledge(got.tag)
            #expect(try await channel.get(queue) == nil)
        }
    }

    @Test("confirms a thousand messages on their way at once, in order")
    func pipeline() async throws {
        try await withQueue { channel, queue in
            let publications = (0..<1000).map {
                Publication(message: Message(id: "\($0)", body: Data("\($0)".utf8)), exchange: "", key: queue)
            }
            try await channel.publish(publications)
            #expect(try await channel.status(ofQueue: queue).ready == 1000)
            for number in 0..<1000 {
                let got = try #require(try await channel.get(queue))
                #expect(got.message.id == "\(number)")
                try await channel.acknowledge(got.tag)
            }
        }
    }

    @Test("says that a message has no queue, and goes on")
    func unroutable() async throws {
        try await withQueue { channel, queue in
            let message = Message(id: "lost", body: Data())
            await #expect(throws: AMQPError.unroutable(exchange: "", key: "no-such-queue")) {
                try await channel.publish(message, to: "", key: "no-such-queue")
            }
            try await channel.publish(message, to: "", key: queue)
            #expect(try await channel.status(ofQueue: queue).ready == 1)
        }
    }

    @Test("says that a full queue refused a message")
    func refused() async throws {
        try await withConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.enableConfirms()
            let queue = "full-\(UUID())"
            try await channel.declareQueue(
                queue, durable: false, exclusive: true,
                arguments: ["x-max-length": .integer(1), "x-overflow": .string("reject-publish")])
            try await channel.publish(Message(id: "1", body: Data()), to: "", key: queue)
            await #expect(throws: AMQPError.refused(exchange: "", key: queue)) {
                for number in 2...5 {
                    try await channel.publish(Message(id: "\(number)", body: Data()), to: "", key: queue)
                }
            }
        }
    }

    @Test("ends with the broker's reason after an error, while the connection goes on")
    func channelError() async throws {
        try await withConnection { connection in
            let channel = try await connection.openChannel()
            let queue = "there-\(UUID())"
            try await channel.declareQueue(queue, durable: false, exclusive: true)
            let deliveries = Collector(try await channel.consume(queue, prefetch: 1) { $0 })
            let error = await #expect(throws: AMQPError.self) { try await channel.status(ofQueue: "no-such-queue") }
            guard case .channelClosed(code: 404, _)? = error else { throw Unexpected(error) }
            #expect(await deliveries.ends())
            // A later channel gets the same number; the old handle does not reach it, and still knows why.
            let next = try await connection.openChannel()
            let late = await #expect(throws: AMQPError.self) { try await channel.status(ofQueue: queue) }
            #expect(late == error)
            #expect(try await next.status(ofQueue: queue).ready == 0)
        }
    }

    @Test("says that a queue exists with other arguments")
    func otherArguments() async throws {
        try await withQueue { channel, queue in
            let error = await #expect(throws: AMQPError.self) {
                try await channel.declareQueue(
                    queue, durable: false, exclusive: true, arguments: ["x-max-length": .integer(3)])
            }
            guard case .channelClosed(code: 406, let reason)? = error else { throw Unexpected(error) }
            #expect(reason.contains("x-max-length"))
        }
    }

    @Test("ends its consumers when their queue is deleted")
    func cancelled() async throws {
        try await withConnection { connection in
            let channel = try await connection.openChannel()
            let queue = "deleted-\(UUID())"
            try await channel.declareQueue(queue, durable: false, exclusive: true)
            let deliveries = Collector(try await channel.consume(queue, prefetch: 1) { $0 })
            try await connection.openChannel().deleteQueue(queue)
            #expect(await deliveries.ends())
            #expect(await deliveries.error as? AMQPError == .consumerCancelled(queue: queue))
        }
    }

    @Test("serves many tasks at once")
    func concurrency() async throws {
        try await withQueue { channel, queue in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await channel.publish(Message(id: "\(number)", body: Data()), to: "", key: queue)
                        _ = try await channel.status(ofQueue: queue)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await channel.status(ofQueue: queue).ready == 200)
        }
    }

    private func withQueue(_ body: (Channel, String) async throws -> Void) async throws {
        try await withConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.enableConfirms()
            let queue = "test-\(UUID())"
            try await channel.declareQueue(queue, durable: false, exclusive: true)
            try await body(channel, queue)
        }
    }
}
