import Campaigns
import Crypto
import CryptoExtras
import Foundation

/// A password as it is kept: derived by scrypt (RFC 7914) with a salt of its own.
///
/// One derivation takes 16 MiB and some 0.2 s, one of the choices that OWASP's password storage cheat sheet calls equally strong.
struct PasswordHash: Codable, Sendable {
    private var rounds = 1 << 14
    private var blockSize = 8
    private var parallelism = 5
    private let salt: Data
    private let key: Data

    /// The hash of a password, with a new salt. Cost: one derivation.
    init(of password: String) throws {
        salt = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        key = try Self.derive(password, salt, rounds, blockSize, parallelism).withUnsafeBytes { Data($0) }
    }

    /// Whether it is the hash of `password`, in constant time. Cost: one derivation.
    func matches(_ password: String) -> Bool {
        guard let derived = try? Self.derive(password, salt, rounds, blockSize, parallelism) else { return false }
        return derived == SymmetricKey(data: key)
    }

    /// Tells one password of an account from the next: sessions of an earlier one end.
    var fingerprint: String { SHA256.hash(data: key).prefix(8).hexadecimal }

    private static func derive(
        _ password: String, _ salt: Data, _ rounds: Int, _ blockSize: Int, _ parallelism: Int
    ) throws -> SymmetricKey {
        // The same letters may be typed in two ways.
        let text = Data(password.precomposedStringWithCanonicalMapping.utf8)
        return try KDF.Scrypt.deriveKey(
            from: text, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
    }
}
