import Campaigns
import Foundation

/// Somebody who may use the control room.
public struct Account: Codable, Sendable {
    /// Who; a worker's name, since results that are measured by hand carry it.
    public let name: String
    public var role: Role
    /// For programs that act for this account.
    public fileprivate(set) var tokens: [AccessToken] = []
    var password: PasswordHash

    static let shortestPassword = 10
    static let longestPassword = 1000

    /// A new account. Throws ``AccountProblem`` for a name or a password that cannot be one.
    public init(name: String, role: Role, password: String) throws {
        guard Bench.Person.isName(name) else {
            throw AccountProblem(
                "\"\(name.prefix(60))\" cannot be a user's name: use letters, digits, -, _ and ., at most 40")
        }
        self.name = name
        self.role = role
        self.password = try Self.hash(of: password)
    }

    /// Ends every session of the account. Throws ``AccountProblem`` for a password that is too short.
    public mutating func change(password: String) throws { self.password = try Self.hash(of: password) }

    /// A new token, which is shown this once: only its hash is kept. `expires` is in seconds since 1970. Throws ``AccountProblem`` where the token could
    /// do more than the account.
    public mutating func issueToken(_ label: String, role: Role, expires: Double) throws -> String {
        guard role <= self.role else {
            throw AccountProblem("\(name) is \(self.role.rawValue), so that no token of theirs can be \(role.rawValue)")
        }
        let secret = Secret()
        let id = String(secret.hash.prefix(8))
        tokens.append(AccessToken(id: id, label: label, role: role, expires: expires, hash: secret.hash))
        return AccessToken.prefix + secret.text
    }

    /// Throws ``AccountProblem`` where the account has no such token.
    public mutating func revokeToken(_ id: String) throws {
        guard let place = tokens.firstIndex(where: { $0.id == id }) else {
            throw AccountProblem("\(name) has no token \(id.prefix(40)); burette user list names them")
        }
        tokens.remove(at: place)
    }

    private static func hash(of password: String) throws -> PasswordHash {
        guard (shortestPassword...longestPassword).contains(password.count) else {
            throw AccountProblem("a password has \(shortestPassword) characters at least")
        }
        return try PasswordHash(of: password)
    }
}

/// What a program shows to act for an account.
public struct AccessToken: Codable, Sendable {
    /// Names it in lists; no secret.
    public let id: String
    /// What it is for.
    public let label: String
    public let role: Role
    /// In seconds since 1970.
    public let expires: Double
    let hash: String

    /// What every token begins with, so that one that leaked is found.
    static let prefix = "burette_"
}

/// Why an account cannot be what somebody wanted.
public struct AccountProblem: CodedError, CustomStringConvertible {
    public let description: String
    public var code: String { "account" }

    init(_ description: String) { self.description = description }
}
