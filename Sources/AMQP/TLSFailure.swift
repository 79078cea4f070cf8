import CRabbitMQ

/// Why TLS with a broker failed, each with what to do.
public enum TLSFailure: Hashable, Sendable, CustomStringConvertible {
    /// No authority of `file` signed the broker's certificate; `detail` is OpenSSL's word for it.
    case unknownAuthority(file: String, detail: String)
    /// The broker's certificate has expired, or is not valid yet.
    case outOfDate(detail: String)
    /// The broker's certificate is for other hosts than `name`.
    case otherHost(name: String)
    /// What answers does not speak TLS.
    case notTLS
    /// The broker wants a certificate of the client, which has none.
    case certificateRequired
    /// The broker does not take the client's certificate in `file`.
    case certificateRefused(file: String, detail: String)
    /// Files of the client cannot be read, or are none of their kind.
    case unreadable(files: String)
    /// Anything else, in the words of OpenSSL or librabbitmq.
    case other(String)

    public var description: String {
        switch self {
        case .unknownAuthority(let file, let detail):
            "no authority in \(file) signed the broker's certificate (\(detail)). Set cacertfile to the one that did"
        case .outOfDate(let detail):
            "the broker's \(detail). Its administrator has to renew it; or this machine's clock is wrong"
        case .otherHost(let name):
            "the broker's certificate is not for \(name). Connect by a name that it has, or set server_name_indication to one"
        case .notTLS: "no TLS is spoken there. The usual port is 5671; without TLS write amqp://, usually port 5672"
        case .certificateRequired:
            "the broker wants a certificate of its clients. Set certfile and keyfile"
        case .certificateRefused(let file, let detail):
            "the broker does not take the certificate \(file) (\(detail)). It must be signed by an authority that the broker trusts, and not have expired"
        case .unreadable(let files): "\(files) cannot be read as PEM"
        case .other(let detail): detail
        }
    }

    /// From what the verification of the broker's certificate found, an X509_V_ code, and OpenSSL's last words on this thread.
    init(verification: Int32, reason: String, tls: Endpoint.TLS, host: String) {
        let found = X509_verify_cert_error_string(Int(verification)).map { String(cString: $0) } ?? ""
        let alerts = [
            "unknown ca", "bad certificate", "certificate expired", "unsupported certificate", "certificate unknown",
            "certificate revoked", "access denied",
        ]
        self =
            switch verification {
            case X509_V_OK where reason.contains("certificate required"): .certificateRequired
            case X509_V_OK where alerts.contains(where: reason.contains):
                tls.certificate.map { .certificateRefused(file: $0, detail: reason) } ?? .certificateRequired
            case X509_V_OK
            where ["wrong version number", "http request", "packet length"].contains(where: reason.contains):
                .notTLS
            case X509_V_OK: .other(reason)
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .otherHost(name: tls.serverName ?? host)
            case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID: .outOfDate(detail: found)
            default: .unknownAuthority(file: tls.authorities, detail: found)
            }
    }
}
