import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOSSL

extension ControlRoom {
    /// A connection on which nothing comes for so long is closed, but for a stream of events.
    private static let patience = TimeAmount.seconds(60)

    /// Throws ``Refused`` where other machines could reach the room and there are no accounts, or their passwords could be read on the way.
    static func check(_ host: String, _ surroundings: Surroundings, _ accounts: AccountFile) throws {
        // Accounts that cannot be read are said at once, whatever the address.
        let hasUsers = try !accounts.accounts().isEmpty
        guard !Surroundings.isLoopback(host) || !surroundings.proxies.isEmpty else { return }
        guard hasUsers else {
            throw Refused(
                description:
                    "\(surroundings.proxies.isEmpty ? "\(host) can be reached by other machines" : "who comes through a proxy comes from other machines"), and there are no users yet: burette user add NAME --role operator"
            )
        }
        let isSafe = surroundings.certificate != nil || Surroundings.isLoopback(host) || surroundings.isTrustedNetwork
        guard isSafe else {
            throw Refused(
                description:
                    "passwords would cross the network for everybody to read: give --certificate and --key, or listen on 127.0.0.1 behind a proxy that has them (--proxy), or say --without-tls if the network is trusted"
            )
        }
    }

    /// HTTP, over TLS where there is a certificate. Throws ``Refused`` for one that cannot be used.
    static func server(_ surroundings: Surroundings) throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(configuration: .init(idleTimeout: patience))
        guard let certificate = surroundings.certificate else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw Refused(
                description:
                    "the certificate \(certificate.chain) with the key \(certificate.key) cannot be used: \(error)")
        }
    }
}
