import Campaigns
import Foundation
import JWTKit

/// The key of a Google service account, as the Cloud Console hands it out (https://developers.google.com/identity/protocols/oauth2/service-account).
public struct ServiceAccount: Sendable {
    /// The address that a spreadsheet is shared with.
    public let email: String
    let privateKey: String
    let tokenAddress: String

    /// A key that cannot be used.
    public struct Unusable: CodedError, CustomStringConvertible {
        public let description: String
        public var code: String { "unusable-credentials" }
    }

    private struct File: Decodable {
        let client_email: String
        let private_key: String
        let token_uri: String?
    }

    /// Reads a key file. Throws ``Unusable``, also for a file that others than its owner may read.
    public init(path: String) throws {
        let manager = FileManager.default
        guard manager.isReadableFile(atPath: path), let data = manager.contents(atPath: path) else {
            throw Unusable(description: "\(path) cannot be read: it is to be the key of a Google service account")
        }
        let rights = try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
        guard rights & 0o077 == 0 else {
            throw Unusable(
                description:
                    "\(path) may be read by others than its owner: chmod 600 \(path), or take another key if somebody may have read it"
            )
        }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else {
            throw Unusable(
                description: "\(path) is no key of a service account: it lacks client_email or private_key")
        }
        (email, privateKey) = (file.client_email, file.private_key)
        tokenAddress = file.token_uri ?? "https://oauth2.googleapis.com/token"
    }

    private struct Claims: JWTPayload {
        let iss: IssuerClaim
        let scope: String
        let aud: AudienceClaim
        let iat: IssuedAtClaim
        let exp: ExpirationClaim

        func verify(using algorithm: some JWTAlgorithm) async throws { try exp.verifyNotExpired() }
    }

    static let scope = "https://www.googleapis.com/auth/spreadsheets"

    /// What the token endpoint takes for an access token (RFC 7523): signed by RS256, good for an hour.
    func assertion(now: Double) async throws -> String {
        do {
            let keys = await JWTKeyCollection().add(
                rsa: try Insecure.RSA.PrivateKey(pem: privateKey), digestAlgorithm: .sha256)
            let date = Date(timeIntervalSince1970: now)
            return try await keys.sign(
                Claims(
                    iss: .init(value: email), scope: Self.scope, aud: .init(value: tokenAddress),
                    iat: .init(value: date), exp: .init(value: date.addingTimeInterval(3600))))
        } catch {
            // What the library says of a key is nobody's business but its owner's.
            throw Unusable(description: "the private key of \(email) cannot sign: take a new key file")
        }
    }
}
