import ArgumentParser

/// A value by the name of a parameter or an objective: `x0=1`.
struct Assignment: ExpressibleByArgument {
    let name: String
    let text: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        (name, text) = (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }

    /// The texts by name. Throws `ValidationError` where `option` names something twice.
    static func all(_ assignments: [Assignment], option: String) throws -> [String: String] {
        try Dictionary(assignments.map { ($0.name, $0.text) }) { _, _ in
            throw ValidationError("\(option) names something twice.")
        }
    }
}
