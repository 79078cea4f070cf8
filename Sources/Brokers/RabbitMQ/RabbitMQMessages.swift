import AMQP
import Campaigns

extension Message {
    /// An event as a message.
    init(_ event: Event) throws {
        self.init(id: event.id, type: event.body.type, body: try event.json())
    }
}

extension Delivery {
    /// A delivery of RabbitMQ.
    init(_ received: AMQPDelivery, source: Source) {
        let counted = received.message.headers["x-delivery-count"]?.integer.map(Int.init(clamping:))
        self.init(
            id: received.message.id,
            topic: source == .feed && received.exchange.isEmpty
                ? received.message.type
                : Topic.of(key: received.key),
            body: received.message.body, earlierDeliveries: max(counted ?? 0, received.redelivered ? 1 : 0),
            source: source, tag: received.tag)
    }
}
