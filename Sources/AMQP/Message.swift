import Foundation

/// A message to publish, or one that was received: what Burette uses of basic's properties, and the body.
public struct Message: Sendable, Hashable {
    /// `message-id`.
    public var id: String
    /// `type`.
    public var type: String
    /// `content-type`.
    public var contentType: String
    /// `headers`: texts, whole numbers and truth values; others are left out.
    public var headers: [String: HeaderValue]
    /// The body.
    public var body: Data

    /// A message.
    public init(
        id: String, type: String = "", contentType: String = "application/json", headers: [String: HeaderValue] = [:],
        body: Data
    ) {
        self.id = id
        self.type = type
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// A value in a table of AMQP, as far as Burette needs them.
public enum HeaderValue: Sendable, Hashable {
    /// A text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// True or false.
    case bool(Bool)

    /// The number, if it is one.
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The text, if it is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
}

/// A message that the broker handed over.
public struct AMQPDelivery: Sendable, Hashable {
    /// The message.
    public let message: Message
    /// The delivery tag, of the channel it came over.
    public let tag: UInt64
    /// Whether the broker had delivered it before.
    public let redelivered: Bool
    /// The exchange that it was published to.
    public let exchange: String
    /// Its routing key.
    public let key: String
}

/// What a passive declaration tells of a queue.
public struct QueueStatus: Sendable, Hashable {
    /// Messages that nobody holds.
    public let ready: Int
    /// Consumers.
    public let consumers: Int
}
