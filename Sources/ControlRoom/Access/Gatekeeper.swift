import Foundation
import Logging
import ServiceRuntime

/// Somebody who sends a request.
struct Visitor: Sendable {
    /// The account; nil where there are none, and everybody on this machine may do everything.
    let name: String?
    let role: Role
}

/// Knows who sends a request: by the cookie of a session, or by a token.
actor Gatekeeper {
    /// Whether everybody may do everything where there are no accounts: nobody but this machine reaches the server.
    private let isOpenWithoutAccounts: Bool
    private let file: AccountFile
    private var sessions: Sessions
    private var patience = LoginPatience()
    private var known: (stamp: String, accounts: [Account])?
    private let dependencies: Dependencies
    private let logger: Logger
    /// What unknown names are checked against, so that they take as long as others.
    private var nobody: PasswordHash?
    /// The last password that is being checked, and how many there are: one at a time, so that a flood of guesses does not take the machine's memory.
    private var checking: Task<Bool, any Error>?
    private var waiting = 0
    private static let mostWaiting = 20

    /// The accounts and sessions of a data folder. Throws ``AccountProblem``.
    init(directory: String, isOpenWithoutAccounts: Bool, dependencies: Dependencies, logger: Logger) throws {
        self.isOpenWithoutAccounts = isOpenWithoutAccounts
        file = AccountFile(directory: directory)
        sessions = try Sessions(directory: directory)
        self.dependencies = dependencies
        self.logger = logger
    }

    /// Who shows a token, or else a cookie; nil for a stranger. Throws ``AccountProblem`` where the accounts cannot be read: then nobody comes in.
    func visitor(token: String?, cookie: String?) throws -> Visitor? {
        let accounts = try accounts()
        guard !accounts.isEmpty else { return isOpenWithoutAccounts ? Visitor(name: nil, role: .operator) : nil }
        let now = dependencies.now()
        if let token {
            guard token.hasPrefix(AccessToken.prefix) else { return nil }
            let hash = Secret(shown: String(token.dropFirst(AccessToken.prefix.count))).hash
            for account in accounts {
                guard let token = account.tokens.first(where: { $0.hash == hash && $0.expires > now }) else { continue }
                return Visitor(name: account.name, role: min(token.role, account.role))
            }
            return nil
        }
        guard let cookie, let session = sessions.session(Secret(shown: cookie), now: now),
            let account = accounts.first(where: { $0.name == session.name }),
            account.password.fingerprint == session.password
        else { return nil }
        return Visitor(name: account.name, role: account.role)
    }

    /// The cookie of a new session. Throws ``Problem`` for a wrong name or password, and where there were too many wrong ones before.
    func logIn(_ name: String, password: String, from address: String) async throws -> Secret {
        guard waiting < Self.mostWaiting else { throw Self.tooMany(seconds: 5) }
        if let wait = patience.wait(name: name, address: address, now: dependencies.now()) {
            throw Self.tooMany(seconds: wait)
        }
        let account = try accounts().first { $0.name == name }
        let shown = String(name.prefix(40)).debugDescription
        let hash = try account?.password ?? nobody ?? PasswordHash(of: Secret().text)
        if account == nil { nobody = hash }
        guard let account, try await matches(hash, password) else {
            patience.failed(name: name, address: address, now: dependencies.now())
            logger.warning("a login as \(shown) from \(address) failed")
            throw Problem(.unauthorized, "wrong-login", Texts.english["wrongLogin"] ?? "")
        }
        patience.succeeded(name: name, address: address)
        logger.notice("\(shown) logged in from \(address)")
        return try sessions.begin(account, now: dependencies.now())
    }

    /// Ends the session of a cookie. Throws `FileError`.
    func logOut(_ cookie: String) throws { try sessions.end(Secret(shown: cookie)) }

    private func matches(_ hash: PasswordHash, _ password: String) async throws -> Bool {
        waiting += 1
        defer { waiting -= 1 }
        let task = Task { [checking, dependencies] in
            _ = await checking?.result
            return try await dependencies.offloading.run { hash.matches(password) }
        }
        checking = task
        return try await task.value
    }

    /// The accounts as they are now: the file may have been changed by `burette user`.
    private func accounts() throws -> [Account] {
        let stamp = file.stamp
        if let known, known.stamp == stamp { return known.accounts }
        let accounts = try file.accounts()
        known = (stamp, accounts)
        return accounts
    }

    private static func tooMany(seconds: Double) -> Problem {
        var problem = Problem(
            .tooManyRequests, "too-many-logins",
            "there were too many wrong passwords; try again in \(Int(seconds.rounded(.up))) s")
        problem.retryAfter = Int(seconds.rounded(.up))
        return problem
    }
}
