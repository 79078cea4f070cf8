import CRabbitMQ
import Foundation

/// What the connection's thread knows of one open channel.
struct ChannelState {
    /// Tells this channel from others that had its number.
    let serial: UInt64
    /// Publications that the broker has not confirmed yet, by delivery tag.
    private(set) var unconfirmed: [UInt64: Unconfirmed] = [:]
    private var nextTag: UInt64 = 1
    private var lowestTag: UInt64 = 1
    var confirms = false
    /// Where deliveries go, by consumer tag.
    var consumers: [String: Consumer] = [:]
    /// A delivery or return whose content is still coming in.
    var incoming: IncomingContent?

    init(serial: UInt64) { self.serial = serial }

    struct Unconfirmed {
        let publication: Publication
        var returned = false
        let since = ContinuousClock.now
        let done: (Result<Void, AMQPError>) -> Void

        init(_ publication: Publication, done: @escaping (Result<Void, AMQPError>) -> Void) {
            self.publication = publication
            self.done = done
        }
    }

    struct Consumer {
        let queue: String
        let deliver: (AMQPDelivery) -> Void
        /// Nil where it was cancelled as its owner wished.
        let end: (AMQPError?) -> Void
    }

    mutating func published(_ sent: Unconfirmed) {
        unconfirmed[nextTag] = sent
        nextTag += 1
    }

    /// When the publication was made that has waited for its confirm the longest; nil if none waits.
    var waitingSince: ContinuousClock.Instant? { unconfirmed.values.map(\.since).min() }

    /// Takes a confirm: of one tag, or with `multiple` of all up to it.
    mutating func confirmed(_ tag: UInt64, multiple: Bool, accepted: Bool) {
        for tag in multiple ? lowestTag...max(lowestTag, tag) : tag...tag {
            guard let sent = unconfirmed.removeValue(forKey: tag) else { continue }
            let (exchange, key) = (sent.publication.exchange, sent.publication.key)
            if !accepted {
                sent.done(.failure(.refused(exchange: exchange, key: key)))
            } else if sent.returned {
                sent.done(.failure(.unroutable(exchange: exchange, key: key)))
            } else {
                sent.done(.success(()))
            }
        }
        if multiple { lowestTag = max(lowestTag, tag + 1) }
    }

    /// Marks the publication that the broker returned; its confirm comes next.
    mutating func returned(id: String) {
        guard let tag = unconfirmed.filter({ $0.value.publication.message.id == id && !$0.value.returned }).keys.min()
        else { return }
        unconfirmed[tag]?.returned = true
    }

    /// The channel is gone: nobody waits for it any longer.
    mutating func fail(_ error: AMQPError) {
        for sent in unconfirmed.values { sent.done(.failure(error)) }
        unconfirmed.removeAll()
        for consumer in consumers.values { consumer.end(error) }
        consumers.removeAll()
    }
}

/// A message that comes in as a method frame, a header frame, and body frames until its size is reached.
struct IncomingContent {
    enum Kind {
        case delivery(consumer: String, tag: UInt64, redelivered: Bool)
        case returned
    }

    let kind: Kind
    let exchange: String
    let key: String
    private var message = Message(id: "", body: Data())
    private var size: UInt64?

    init(kind: Kind, exchange: String, key: String) {
        self.kind = kind
        self.exchange = exchange
        self.key = key
    }

    mutating func header(_ properties: amqp_basic_properties_t, size: UInt64) {
        message = Message(properties, body: Data())
        message.body.reserveCapacity(Int(min(size, 1 << 20)))
        self.size = size
    }

    mutating func body(_ bytes: amqp_bytes_t) {
        guard let start = bytes.bytes else { return }
        message.body.append(start.assumingMemoryBound(to: UInt8.self), count: bytes.len)
    }

    /// The message, once all of it is here.
    var complete: Message? { size.map { UInt64(message.body.count) >= $0 } == true ? message : nil }
}

extension Message {
    /// The message with the properties that librabbitmq decoded.
    init(_ properties: amqp_basic_properties_t, body: Data) {
        func text(_ flag: UInt32, _ bytes: amqp_bytes_t) -> String {
            properties._flags & flag != 0 ? String(bytes) : ""
        }
        self.init(
            id: text(PropertyFlag.messageID, properties.message_id), type: text(PropertyFlag.type, properties.type),
            contentType: text(PropertyFlag.contentType, properties.content_type),
            headers: properties._flags & PropertyFlag.headers != 0 ? values(of: properties.headers) : [:], body: body)
    }
}

/// Which of basic's properties a message has (AMQP 0-9-1, section 4.2.6.1).
enum PropertyFlag {
    static let contentType: UInt32 = 1 << 15
    static let headers: UInt32 = 1 << 13
    static let deliveryMode: UInt32 = 1 << 12
    static let messageID: UInt32 = 1 << 7
    static let type: UInt32 = 1 << 5
}
