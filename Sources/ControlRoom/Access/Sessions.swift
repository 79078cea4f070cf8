import Foundation

/// Browsers that are logged in, in `sessions.json` of the data folder: they stay so when the server is started again. Only hashes of their cookies
/// are kept.
struct Sessions {
    struct Session: Codable {
        let name: String
        /// The password that was typed: another one ends the session.
        let password: String
        /// In seconds since 1970.
        let expires: Double
    }

    /// How long a browser stays logged in, in seconds.
    static let lifetime = 14 * 86_400.0
    private static let most = 10_000
    private let path: String
    private var sessions: [String: Session]

    /// Throws ``AccountProblem`` where others can read the file. A file that is no list of sessions counts as none.
    init(directory: String) throws {
        path = "\(directory)/sessions.json"
        let data = try AccountFile.privateContent(of: path)
        sessions = data.flatMap { try? JSONDecoder().decode([String: Session].self, from: $0) } ?? [:]
    }

    /// The session of a cookie; nil where it is none, or has ended.
    func session(_ cookie: Secret, now: Double) -> Session? {
        sessions[cookie.hash].flatMap { $0.expires > now ? $0 : nil }
    }

    /// A new session of an account. Throws `FileError`.
    mutating func begin(_ account: Account, now: Double) throws -> Secret {
        let cookie = Secret()
        sessions = sessions.filter { $0.value.expires > now }
        if sessions.count >= Self.most, let oldest = sessions.min(by: { $0.value.expires < $1.value.expires })?.key {
            sessions[oldest] = nil
        }
        sessions[cookie.hash] = Session(
            name: account.name, password: account.password.fingerprint, expires: now + Self.lifetime)
        try write()
        return cookie
    }

    /// Throws `FileError`.
    mutating func end(_ cookie: Secret) throws {
        if sessions.removeValue(forKey: cookie.hash) != nil { try write() }
    }

    private func write() throws { try AccountFile.replace(path, with: JSONEncoder().encode(sessions)) }
}
