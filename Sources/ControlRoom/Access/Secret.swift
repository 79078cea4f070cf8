import Campaigns
import Crypto
import Foundation

/// What a browser or a program shows instead of a password: 256 random bits, of which only the hash is kept.
struct Secret: Sendable {
    /// The secret itself, in letters that need no escaping anywhere.
    let text: String

    /// A new one, by the system's cryptographic randomness.
    init() {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        text = bytes.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(
            of: "/", with: "_"
        ).replacingOccurrences(of: "=", with: "")
    }

    /// One that was shown.
    init(shown text: String) { self.text = text }

    /// What is kept of it. A fast hash is enough for what cannot be guessed, and who compares hashes tells nothing of the secret by their time.
    var hash: String { SHA256.hash(data: Data(text.utf8)).hexadecimal }
}
