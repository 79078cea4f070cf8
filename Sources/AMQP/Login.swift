import CRabbitMQ
import Foundation

/// Connecting and logging in, on the connection's thread.
extension ConnectionLoop {
    /// Opens the socket, over TLS where the endpoint says so, and logs in; at most 10 s each. Throws ``AMQPError``.
    func logIn() throws(AMQPError) {
        let socket = try makeSocket()
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        amqp_set_handshake_timeout(state, &patience)
        amqp_set_rpc_timeout(state, &patience)
        let status = amqp_socket_open_noblock(socket, endpoint.host, Int32(endpoint.port), &patience)
        guard status == AMQP_STATUS_OK.rawValue else {
            // The library's own word for a refused connection is "a socket error occurred".
            let refused = status == AMQP_STATUS_SOCKET_ERROR.rawValue
            throw failure(status) { refused ? "the connection is refused" : $0 }
        }
        let reply = burette_login(
            state, endpoint.virtualHost, Int32(endpoint.heartbeat), name, endpoint.user,
            endpoint.login == .certificate ? nil : endpoint.password)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            guard reply.reply.id == burette_connection_close, let decoded = reply.reply.decoded else { fallthrough }
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            throw Self.refusal(
                by: endpoint, code: close.reply_code, reason: String(close.reply_text).trimmingCharacters(in: ["."]))
        default:
            throw failure(reply.library_error) { words in
                endpoint.tls == nil
                    ? "\(words) while logging in. The broker stops, or no AMQP is spoken there; with TLS write amqps://, usually port 5671"
                    : "\(words) while logging in"
            }
        }
    }

    /// A failure of the library: of TLS, where it is one; else `words` of its own words.
    private func failure(_ status: Int32, words: (String) -> String) -> AMQPError {
        let own = AMQPError.message(status: status)
        guard let tls = endpoint.tls, Self.isTLS(status) else { return .unreachable(endpoint, reason: words(own)) }
        let reason = burette_tls_reason().map { String(cString: $0) } ?? own
        return .insecure(
            endpoint,
            TLSFailure(verification: verification.pointee.error, reason: reason, tls: tls, host: endpoint.host))
    }

    /// What RabbitMQ says instead of opening a connection: 403 and 530 for good, but for limits of connections, which are 530 too; a
    /// virtual host that is not up yet is 541, and a node that stops 320.
    private static func refusal(by endpoint: Endpoint, code: UInt16, reason: String) -> AMQPError {
        switch code {
        case 403 where reason.lowercased().contains("login"): .loginRefused(endpoint, reason: reason)
        case 530 where reason.contains("limit"): .turnedAway(endpoint, reason: reason)
        case 403, 530: .virtualHostRefused(endpoint, reason: reason)
        default: .turnedAway(endpoint, reason: reason)
        }
    }

    private func makeSocket() throws(AMQPError) -> OpaquePointer {
        guard let tls = endpoint.tls else {
            guard let socket = amqp_tcp_socket_new(state) else {
                throw .unreachable(endpoint, reason: "out of memory")
            }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else { throw .insecure(endpoint, .other("TLS is not available")) }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 0)
        verification.pointee.name = strdup(tls.serverName ?? endpoint.host)
        guard burette_verify_server(socket, verification) == 1 else {
            throw .insecure(endpoint, .other("the server name \(tls.serverName ?? endpoint.host) cannot be set"))
        }
        guard amqp_ssl_socket_set_cacert(socket, tls.authorities) == AMQP_STATUS_OK.rawValue else {
            throw .insecure(endpoint, .unreadable(files: "the authorities in \(tls.authorities)"))
        }
        if let certificate = tls.certificate, let key = tls.key {
            guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
                throw .insecure(endpoint, .unreadable(files: "the certificate \(certificate) with the key \(key)"))
            }
        }
        return socket
    }

    private static func isTLS(_ status: Int32) -> Bool {
        [
            AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, AMQP_STATUS_SSL_PEER_VERIFY_FAILED,
            AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_SET_ENGINE_FAILED,
        ].contains { $0.rawValue == status }
    }
}
