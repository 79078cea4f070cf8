import Foundation
import NIOCore

/// How the room is reached, and what it takes: the names it answers to, the proxies before it, the largest file.
public struct Surroundings: Sendable {
    /// Host names that it answers to beside those of this machine.
    public var names: Set<String>
    /// Addresses of proxies whose word on a request's origin is taken.
    public var proxies: Set<String>
    /// PEM files of the certificate, with those between it and the root, and of its key; nil where requests come unencrypted.
    public var certificate: (chain: String, key: String)?
    /// Whether passwords may come unencrypted from other machines.
    public var isTrustedNetwork: Bool
    /// The most bytes of a file that somebody attaches to a result.
    public var largestAttachment: Int

    public init(
        names: Set<String> = [], proxies: Set<String> = [], certificate: (chain: String, key: String)? = nil,
        isTrustedNetwork: Bool = false, largestAttachment: Int = 50 << 20
    ) {
        self.names = Set(names.map { $0.lowercased() })
        self.proxies = proxies
        self.certificate = certificate
        self.isTrustedNetwork = isTrustedNetwork
        self.largestAttachment = largestAttachment
    }

    static func isLoopback(_ host: String) -> Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

    /// Whether a request may ask for a host. A name of somebody else's that points here (DNS rebinding) is none; an address cannot be pointed anywhere.
    func answers(to host: String, listeningOn address: String) -> Bool {
        if Self.isLoopback(host) || names.contains(host) { return true }
        guard !Self.isLoopback(address) else { return false }
        return host == address.lowercased() || host == ProcessInfo.processInfo.hostName.lowercased()
            || (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
