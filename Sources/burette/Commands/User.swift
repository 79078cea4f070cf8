import ArgumentParser
import ControlRoom
import Foundation

extension Role: ExpressibleByArgument {}

/// `burette user`: who may use the control room.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say who may use the control room.",
        discussion: help(
            """
            Without users the control room answers to this machine alone. With them everybody logs in, and does what their role may: a viewer reads, bench \
            measures by hand as well, an operator gives orders as well. Changes count at once, also for a server that runs.
            """, examples: "burette user add ann --role operator", "burette user token ann --days 90 --role bench",
            "burette user list"),
        subcommands: [Add.self, Change.self, Remove.self, List.self, Token.self, Revoke.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user.")
        @Argument(help: "The user's name; results measured by hand carry it.") var name: String
        @Option(help: "viewer, bench or operator.") var role: Role
        @OptionGroup var data: DataOptions

        func run() async throws {
            let file = AccountFile(directory: data.directory)
            // Before a password is asked for, and once more.
            try file.accounts().refuseSecond(name)
            let account = try Account(name: name, role: role, password: Password.new(for: name))
            try file.change { accounts in
                try accounts.refuseSecond(name)
                accounts.append(account)
            }
            Output.note("\(name) may log in now, as \(role.rawValue).")
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a user another role, or another password.",
            discussion: "Another password ends every session of the user; tokens stay.")
        @Argument(help: "The user's name.") var name: String
        @Option(help: "viewer, bench or operator.") var role: Role?
        @Flag(help: "Ask for a new password.") var password = false
        @OptionGroup var data: DataOptions

        func validate() throws {
            guard role != nil || password else { throw ValidationError("Say what to change: --role, or --password.") }
        }

        func run() async throws {
            let file = AccountFile(directory: data.directory)
            _ = try file.accounts().position(of: name)
            let text = try password ? Password.new(for: name) : nil
            try file.change { accounts in
                let place = try accounts.position(of: name)
                if let role { accounts[place].role = role }
                if let text { try accounts[place].change(password: text) }
            }
            Output.note("\(name) is changed.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a user, with sessions and tokens.")
        @Argument(help: "The user's name.") var name: String
        @OptionGroup var data: DataOptions

        func run() async throws {
            try AccountFile(directory: data.directory).change { _ = $0.remove(at: try $0.position(of: name)) }
            Output.note("\(name) is removed.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users and their tokens.")
        @OptionGroup var data: DataOptions

        func run() async throws {
            let accounts = try AccountFile(directory: data.directory).accounts()
            if accounts.isEmpty { Output.note("There are no users: the control room answers to this machine alone.") }
            for account in accounts {
                print("\(account.name)  \(account.role.rawValue)")
                for token in account.tokens {
                    let until = Date(timeIntervalSince1970: token.expires)
                    let ends = "\(until < Date() ? "expired" : "until") \(until.formatted(.iso8601))"
                    print("  token \(token.id)  \(token.role.rawValue)  \(ends)  \(token.label.debugDescription)")
                }
            }
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a token, for a program that acts for a user.",
            discussion: "It is printed this once; the program sends it as the header Authorization: Bearer TOKEN.")
        @Argument(help: "The user's name.") var name: String
        @Option(help: "viewer, bench or operator; at most the user's, which is the default.") var role: Role?
        @Option(help: "After how many days it expires.") var days = 90.0
        @Option(help: "What it is for.") var label = ""
        @OptionGroup var data: DataOptions

        func validate() throws {
            guard days > 0, days <= 3650 else { throw ValidationError("--days is a number up to 3650.") }
        }

        func run() async throws {
            let expires = Date().timeIntervalSince1970 + days * 86_400
            let token = try AccountFile(directory: data.directory).change { accounts in
                let place = try accounts.position(of: name)
                return try accounts[place].issueToken(label, role: role ?? accounts[place].role, expires: expires)
            }
            print(token)
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token.")
        @Argument(help: "The user's name.") var name: String
        @Argument(help: "The token's id, as burette user list shows it.") var token: String
        @OptionGroup var data: DataOptions

        func run() async throws {
            try AccountFile(directory: data.directory).change { accounts in
                try accounts[accounts.position(of: name)].revokeToken(token)
            }
            Output.note("the token \(token) is revoked.")
        }
    }
}

extension [Account] {
    /// Throws ``Failure`` where there is an account of a name.
    fileprivate func refuseSecond(_ name: String) throws {
        guard !contains(where: { $0.name == name }) else {
            throw Failure("there is a user \(name) already: burette user change, or remove")
        }
    }

    /// Where the account of a name is. Throws ``Failure``.
    fileprivate func position(of name: String) throws -> Int {
        guard let place = firstIndex(where: { $0.name == name }) else {
            throw Failure("there is no user \(name.prefix(60)) here; burette user list names them")
        }
        return place
    }
}
