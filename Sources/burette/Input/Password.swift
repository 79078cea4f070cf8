import Foundation

/// Passwords that people type.
enum Password {
    /// A new password: typed twice at a terminal, where it is not shown; else the first line of standard input. Throws ``Failure``.
    static func new(for name: String) throws -> String {
        guard isatty(0) == 1 else {
            guard let line = readLine() else { throw Failure("standard input has no password") }
            return line
        }
        let first = try typed("Password for \(name): ")
        guard try typed("The same again: ") == first else { throw Failure("these were two different passwords") }
        return first
    }

    private static func typed(_ prompt: String) throws -> String {
        guard let text = getpass(prompt) else { throw Failure("no password was typed") }
        return String(cString: text)
    }
}
