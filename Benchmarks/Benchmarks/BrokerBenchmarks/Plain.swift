import AMQP
import Foundation

/// What the C loop of limit/amqp_limit.c does, message for message, over the AMQP target alone: a topic exchange, quorum queues for
/// jobs and results, a stream that sees both, bodies of 300 bytes, publishes confirmed.
actor Plain {
    static let messages = 2000
    private let connections: [Connection]
    private let planner: Channel
    private let results: Channel
    private let worker: Channel
    private let exchange = "plain-\(UInt32.random(in: .min ... .max))"
    private let message = Message(id: "", body: Data(repeating: 0x78, count: 300))
    private var deliveries: AsyncThrowingStream<AMQPDelivery, any Error>?

    init() async throws {
        guard let uri = ProcessInfo.processInfo.environment["BURETTE_BROKER"] else { throw Scene.NoBroker() }
        var open: [Connection] = []
        for _ in 0..<3 { open.append(try await Connection.open(try Endpoint(uri: uri), name: "bench")) }
        connections = open
        planner = try await open[0].openChannel()
        results = try await open[1].openChannel()
        worker = try await open[2].openChannel()
        try await planner.enableConfirms()
        try await results.enableConfirms()
        try await planner.declareExchange(exchange, kind: "topic")
        for (queue, kind, key) in [
            ("\(exchange).jobs", "quorum", "job"), ("\(exchange).results", "quorum", "result"), ("\(exchange).feed", "stream", "#"),
        ] {
            try await planner.declareQueue(queue, durable: true, arguments: ["x-queue-type": .string(kind)])
            try await planner.bind(queue: queue, to: exchange, key: key)
        }
    }

    /// All on their way at once, and all confirmed.
    func publish(_ count: Int) async throws {
        let publication = Publication(message: message, exchange: exchange, key: "job")
        try await planner.publish(Array(repeating: publication, count: count))
    }

    /// A job is delivered, its result published and confirmed, and the job acknowledged.
    func turn() async throws {
        if deliveries == nil {
            deliveries = try await worker.consume("\(exchange).jobs", prefetch: 1) { $0 }
        }
        var iterator = deliveries?.makeAsyncIterator()
        guard let job = try await iterator?.next(isolation: self) else { throw Scene.NoBroker() }
        try await results.publish(job.message, to: exchange, key: "result")
        try await worker.acknowledge(job.tag)
    }
}
