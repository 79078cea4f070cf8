import CRabbitMQ

/// An error of a connection or channel to a broker.
public enum AMQPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Connection refused, or timed out.
    case unreachable(Endpoint, reason: String)
    /// Login refused: unknown user or wrong password.
    case loginRefused(Endpoint, reason: String)
    /// Unknown virtual host, or no permission to use it.
    case virtualHostRefused(Endpoint, reason: String)
    /// The broker refuses connections for now: it is starting or stopping, or a connection limit is reached.
    case turnedAway(Endpoint, reason: String)
    /// The TLS handshake failed.
    case insecure(Endpoint, TLSFailure)
    /// Connection lost: closed by the broker or the network, or missed heartbeats.
    case connectionLost(reason: String)
    /// The broker closed the channel with an AMQP reply code (specification 0-9-1, section 1.2).
    case channelClosed(code: Int, reason: String)
    /// The message was returned as unroutable (basic.return).
    case unroutable(exchange: String, key: String)
    /// The broker rejected a publication (basic.nack): a queue is full or has lost its majority.
    case refused(exchange: String, key: String)
    /// The broker cancelled a consumer (basic.cancel): its queue was deleted.
    case consumerCancelled(queue: String)
    /// The connection was closed by this client.
    case closed

    /// Whether a retry on a new connection may succeed.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .turnedAway, .connectionLost, .refused, .unroutable, .consumerCancelled: true
        case .channelClosed(let code, _): code == 406 || code == 541 || code == 404
        case .loginRefused, .virtualHostRefused, .insecure, .closed: false
        }
    }

    /// Whether the connection survives the error.
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
            endpoint.login == .certificate
                ? "login refused by the broker at \(endpoint): it does not know the user whom the certificate \(endpoint.tls?.certificate ?? "") names, or takes no certificates for a login. Its administrator has to add the user, or the plugin rabbitmq_auth_mechanism_ssl and auth_mechanisms EXTERNAL (docs/deploy.md)."
                : "login refused by the broker at \(endpoint): \(reason). Check the user and the password (URL, BURETTE_PASSWORD or BURETTE_PASSWORD_FILE)."
        case .virtualHostRefused(let endpoint, let reason):
            "the broker at \(endpoint) refuses the virtual host \"\(endpoint.virtualHost)\": \(reason). Check that it exists and that the user has permissions on it."
        case .turnedAway(let endpoint, let reason):
            "the broker at \(endpoint) refuses connections for now: \(reason). Try again later, or ask its administrator."
        case .insecure(let endpoint, let failure): "TLS with \(endpoint) failed: \(failure)."
        case .connectionLost(let reason): "the connection to the broker is lost: \(reason)"
        case .channelClosed(let code, let reason): Self.message(code: code, reason: reason)
        case .unroutable(let exchange, let key):
            "the broker has no queue for messages of \(exchange.isEmpty ? "the default exchange" : exchange) with the key \(key); start the campaign's planner once"
        case .refused(let exchange, let key):
            "the broker refused a message to \(exchange.isEmpty ? "the default exchange" : exchange) with the key \(key): a queue is full or unavailable"
        case .consumerCancelled(let queue): "the broker cancelled the consumer of \(queue): the queue was deleted"
        case .closed: "the connection was closed"
        }
    }

    private static func message(code: Int, reason: String) -> String {
        switch code {
        case 403:
            "access refused by the broker (403): \(reason). Ask its administrator for the permissions in docs/broker.md."
        case 404: "not found at the broker (404): \(reason)"
        case 405: "locked by another connection (405): \(reason)"
        case 406: "the broker has it with other arguments, or closed the channel (406): \(reason)"
        default: "the broker closed the channel (\(code)): \(reason)"
        }
    }

    /// The library's own words for a status.
    static func message(status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    }
}
