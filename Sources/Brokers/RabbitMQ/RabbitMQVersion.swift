/// A version of RabbitMQ, and what it can do that others cannot: docs/broker.md has the table.
public struct RabbitMQVersion: Comparable, Sendable, CustomStringConvertible {
    /// 3 in 3.10.8.
    public let major: Int
    /// 10 in 3.10.8.
    public let minor: Int

    /// A version of two numbers.
    public init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

    /// The version in what a broker says it is: `RabbitMQ 3.10.8`; nil for another product.
    public init?(product: String) {
        guard let match = product.firstMatch(of: /RabbitMQ (\d+)\.(\d+)/), let major = Int(match.1),
            let minor = Int(match.2)
        else { return nil }
        self.init(major, minor)
    }

    /// The first one that keeps what it dead-letters until its new queue has it (at-least-once dead-lettering of quorum queues).
    public static let oldestSupported = RabbitMQVersion(3, 10)

    /// Whether it takes the consumer timeout from the queue; earlier ones have one limit for all queues.
    public var hasConsumerTimeoutOfQueue: Bool { self >= RabbitMQVersion(3, 12) }

    public static func < (one: Self, other: Self) -> Bool { (one.major, one.minor) < (other.major, other.minor) }

    public var description: String { "\(major).\(minor)" }
}
