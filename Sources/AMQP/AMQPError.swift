import CRabbitMQ

/// What can go wrong between here and a broker.
public enum AMQPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody answers at the endpoint, or not in time.
    case unreachable(Endpoint, reason: String)
    /// The broker knows the user not, or another password.
    case loginRefused(Endpoint, reason: String)
    /// The broker has no such virtual host, or the user may not use it.
    case virtualHostRefused(Endpoint, reason: String)
    /// The broker answers and lets nobody in for now: it starts or stops, or as many are connected as may be.
    case turnedAway(Endpoint, reason: String)
    /// TLS failed: an unknown authority, another host name, a file that is missing.
    case insecure(Endpoint, reason: String)
    /// The connection is gone: closed by the broker, by the network, or for want of heartbeats.
    case connectionLost(reason: String)
    /// The broker closed the channel with an AMQP reply code (specification 0-9-1, section 1.2).
    case channelClosed(code: Int, reason: String)
    /// The broker confirmed a message that it could route to no queue.
    case unroutable(exchange: String, key: String)
    /// The broker refused a message (basic.nack): the queue is full, or has lost its majority.
    case refused(exchange: String, key: String)
    /// The broker ended a consumer: its queue was deleted.
    case consumerCancelled(queue: String)
    /// The connection was closed from here.
    case closed

    /// Whether the same call may succeed on a new connection.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .turnedAway, .connectionLost, .refused, .unroutable, .consumerCancelled: true
        case .channelClosed(let code, _): code == 406 || code == 541 || code == 404
        case .loginRefused, .virtualHostRefused, .insecure, .closed: false
        }
    }

    /// Whether the connection goes on after it.
    public var leavesConnection: Bool {
        switch self {
        case .channelClosed, .unroutable, .refused, .consumerCancelled: true
        case .unreachable, .turnedAway, .loginRefused, .virtualHostRefused, .insecure, .connectionLost, .closed: false
        }
    }

    public var description: String {
        switch self {
        case .unreachable(let endpoint, let reason):
            "no broker answers at \(endpoint): \(reason). Is RabbitMQ running there, and is the address right?"
        case .loginRefused(let endpoint, let reason):
            "the broker at \(endpoint) refuses the login: \(reason). Look at the user, and at the password (URL or BURETTE_PASSWORD)."
        case .virtualHostRefused(let endpoint, let reason):
            "the broker at \(endpoint) refuses the virtual host \"\(endpoint.virtualHost)\": \(reason). Does it exist, and may the user use it?"
        case .turnedAway(let endpoint, let reason):
            "the broker at \(endpoint) lets nobody in for now: \(reason). Try again later; if it stays so, its administrator can say why."
        case .insecure(let endpoint, let reason):
            "no trustworthy TLS with \(endpoint): \(reason). The certificate must be signed by an authority in cacertfile and name the host."
        case .connectionLost(let reason): "the connection to the broker is lost: \(reason)"
        case .channelClosed(let code, let reason): Self.words(code: code, reason: reason)
        case .unroutable(let exchange, let key):
            "the broker has no queue for messages of \(exchange.isEmpty ? "the default exchange" : exchange) with the key \(key); has the campaign's planner been started once?"
        case .refused(let exchange, let key):
            "the broker refused a message to \(exchange.isEmpty ? "the default exchange" : exchange) with the key \(key): a queue is full or unavailable"
        case .consumerCancelled(let queue): "the broker ended the consumer of \(queue): the queue was deleted"
        case .closed: "the connection was closed"
        }
    }

    private static func words(code: Int, reason: String) -> String {
        switch code {
        case 403:
            "the broker does not allow it (403): \(reason). Ask its administrator for the rights of docs/broker.md."
        case 404: "the broker has no such thing (404): \(reason)"
        case 405: "the broker keeps it for another connection (405): \(reason)"
        case 406: "the broker has it with other arguments, or closed the channel (406): \(reason)"
        default: "the broker closed the channel (\(code)): \(reason)"
        }
    }

    /// The library's own words for a status.
    static func words(status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    }
}
