import Foundation

/// Where a broker is and how to log in: an AMQP URI (https://www.rabbitmq.com/docs/uri-spec).
///
/// `amqp://user:password@host:port/vhost`, or `amqps://` with the query parameters `cacertfile`, `certfile`, `keyfile`, `verify`,
/// `server_name_indication` and `auth_mechanism` of https://www.rabbitmq.com/docs/uri-query-parameters; both take `heartbeat`. The nodes of a cluster
/// may stand side by side, `amqp://user@one:5672,two:5672,three:5672/vhost`: any of them will do.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// Host name or address.
    public var host: String
    /// TCP port.
    public var port: Int
    /// Further nodes of the same cluster.
    public var others: [Address] = []
    /// The user to log in as.
    public var user: String
    /// The user's password; never part of a description.
    public var password: String
    /// The virtual host.
    public var virtualHost: String
    /// How the connection is protected; nil for plain TCP.
    public var tls: TLS?
    /// What tells the broker who this is.
    public var login: Login = .password
    /// Seconds between heartbeats; the peer is given up after two missed ones.
    public var heartbeat: Int

    /// What tells a broker who somebody is.
    public enum Login: String, Sendable, Hashable, CaseIterable {
        /// A user's name and password (SASL PLAIN).
        case password = "plain"
        /// The client's certificate, of which the broker reads the user's name (SASL EXTERNAL).
        case certificate = "external"
    }

    /// A node of a cluster.
    public struct Address: Sendable, Hashable {
        /// Host name or address.
        public var host: String
        /// TCP port.
        public var port: Int
        /// The node at `host` and `port`.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Files for TLS. The peer's certificate and its name are always verified.
    public struct TLS: Sendable, Hashable {
        /// The authorities that are trusted, PEM.
        public var authorities: String
        /// The client's certificate, PEM.
        public var certificate: String?
        /// The client's key, PEM.
        public var key: String?
        /// The name that the server is asked for, and that its certificate must have; nil is the host's.
        public var serverName: String?
        /// TLS with the given files; the system's authorities by default.
        public init(
            authorities: String = TLS.systemAuthorities, certificate: String? = nil, key: String? = nil,
            serverName: String? = nil
        ) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
            self.serverName = serverName
        }
        /// The authorities that the operating system trusts.
        public static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"
    }

    /// An endpoint of the given parts.
    public init(
        host: String, port: Int = 5672, user: String = "guest", password: String = "guest", virtualHost: String = "/",
        tls: TLS? = nil, heartbeat: Int = 30
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.virtualHost = virtualHost
        self.tls = tls
        self.heartbeat = heartbeat
    }

    /// Reads an AMQP URI; a password that it lacks comes from `password`. Throws ``InvalidURI``.
    public init(uri: String, password: String? = nil) throws(InvalidURI) {
        let (uri, rest) = Self.firstHost(of: uri)
        guard let parts = URLComponents(string: uri), let scheme = parts.scheme?.lowercased() else {
            throw InvalidURI(problem: "is no URL; write amqp://user@host:5672/vhost")
        }
        guard scheme == "amqp" || scheme == "amqps" else {
            throw InvalidURI(problem: "begins with \"\(scheme)\"; write amqp:// or amqps://")
        }
        guard let host = parts.host, !host.isEmpty else { throw InvalidURI(problem: "names no host") }
        let path = parts.percentEncodedPath.dropFirst()
        guard !path.contains("/") else {
            throw InvalidURI(problem: "has a virtual host with \"/\" in it; write it as %2F")
        }
        let virtualHost = path.isEmpty ? "/" : String(path).removingPercentEncoding ?? "/"
        self.init(
            host: host.trimmingCharacters(in: ["[", "]"]), port: parts.port ?? (scheme == "amqps" ? 5671 : 5672),
            user: parts.user ?? "guest", password: parts.password ?? password ?? "guest", virtualHost: virtualHost)
        others = try rest.map { (text) throws(InvalidURI) in
            guard let address = URLComponents(string: "\(scheme)://\(text)"), let host = address.host, !host.isEmpty,
                address.user == nil
            else { throw InvalidURI(problem: "has \"\(text.prefix(80))\" among its hosts; write host:port,host:port") }
            return Address(host: host.trimmingCharacters(in: ["[", "]"]), port: address.port ?? port)
        }
        if scheme == "amqps" { tls = TLS() }
        for item in parts.queryItems ?? [] {
            try apply(item.name, item.value ?? "")
        }
        if let tls, (tls.certificate == nil) != (tls.key == nil) {
            let (there, missing) = tls.key == nil ? ("certfile", "keyfile") : ("keyfile", "certfile")
            throw InvalidURI(problem: "has \(there) without \(missing); a client's certificate needs both")
        }
        guard login == .password || tls?.certificate != nil else {
            throw InvalidURI(
                problem: "has auth_mechanism=external, a login by certificate; that needs certfile and keyfile")
        }
    }

    /// The URI with the first of its hosts alone, and the other ones.
    private static func firstHost(of uri: String) -> (uri: String, others: [String]) {
        guard let scheme = uri.range(of: "://") else { return (uri, []) }
        let end = uri[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? uri.endIndex
        let start = uri[scheme.upperBound..<end].lastIndex(of: "@").map(uri.index(after:)) ?? scheme.upperBound
        let hosts = uri[start..<end].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard hosts.count > 1 else { return (uri, []) }
        return (uri.replacingCharacters(in: start..<end, with: hosts[0]), Array(hosts.dropFirst()))
    }

    /// Each node by itself.
    var nodes: [Endpoint] {
        ([Address(host: host, port: port)] + others).map { address in
            var node = self
            (node.host, node.port, node.others) = (address.host, address.port, [])
            return node
        }
    }

    private mutating func apply(_ name: String, _ value: String) throws(InvalidURI) {
        let isForTLS = ["cacertfile", "certfile", "keyfile", "server_name_indication", "verify", "auth_mechanism"]
            .contains(name)
        guard tls != nil || !isForTLS else {
            throw InvalidURI(problem: "has \(name), which is for TLS, and begins with amqp://; write amqps://")
        }
        switch name {
        case "cacertfile": tls?.authorities = value
        case "certfile": tls?.certificate = value
        case "keyfile": tls?.key = value
        case "server_name_indication":
            guard !value.isEmpty, value != "disable" else {
                throw InvalidURI(problem: "asks for no server name; the server's name is always verified")
            }
            tls?.serverName = value
        case "auth_mechanism":
            guard let mechanism = Login(rawValue: value.lowercased()) else {
                throw InvalidURI(problem: "has auth_mechanism=\(value.prefix(20)); it can be plain or external")
            }
            login = mechanism
        case "heartbeat":
            guard let seconds = Int(value), (1...3600).contains(seconds) else {
                throw InvalidURI(problem: "has heartbeat=\(value.prefix(20)); it can be 1 to 3600 seconds")
            }
            heartbeat = seconds
        case "verify":
            guard value == "verify_peer" else {
                throw InvalidURI(problem: "asks for verify=\(value.prefix(20)); the peer is always verified")
            }
        default:
            throw InvalidURI(
                problem:
                    "has the unknown query parameter \"\(name.prefix(40))\"; known are cacertfile, certfile, keyfile, server_name_indication, verify, auth_mechanism, heartbeat"
            )
        }
    }

    /// Without the password.
    public var description: String {
        let vhost = virtualHost == "/" ? "" : "/\(virtualHost)"
        let hosts = ([Address(host: host, port: port)] + others).map { "\($0.host):\($0.port)" }
        let who = login == .certificate ? "" : "\(user)@"
        return "\(tls == nil ? "amqp" : "amqps")://\(who)\(hosts.joined(separator: ","))\(vhost)"
    }

    /// A text that is no AMQP URI; it does not repeat the text, which may hold a password.
    public struct InvalidURI: Error, CustomStringConvertible {
        /// What is wrong with it.
        public let problem: String
        public var description: String { "the broker's address \(problem)" }
    }
}
