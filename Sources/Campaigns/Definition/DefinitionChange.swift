/// One change of a campaign's definition between two runs, under which earlier measurements keep their meaning.
public struct DefinitionChange: Hashable, Codable, Sendable {
    /// The parameter or objective that changed.
    public let name: String
    /// What of it changed.
    public let kind: Kind
    /// What it was, as text; nil for an added parameter.
    public let from: String?
    /// What it is, as text.
    public let to: String

    /// What can change.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// A parameter is new; earlier measurements had one value of it.
        case added
        /// A continuous parameter's range.
        case range
        /// A discrete parameter's levels.
        case levels
        /// A categorical parameter's options.
        case options
        /// Whether a numeric parameter is continuous or discrete.
        case type
        /// Whether it is spaced linearly or logarithmically.
        case scale
        /// What says how options are alike.
        case descriptors
        /// The unit's name; numbers stay as they are.
        case unit
        /// Where a parameter is there.
        case condition
        /// The constraints between parameters.
        case constraints
        /// The rows of the file of candidates.
        case candidates
    }

    /// A change of `name`.
    public init(name: String, kind: Kind, from: String?, to: String) {
        self.name = name
        self.kind = kind
        self.from = from
        self.to = to
    }
}

extension DefinitionChange: CustomStringConvertible {
    public var description: String {
        if kind == .constraints || kind == .candidates { return "\(kind.rawValue) from \(from ?? "none") to \(to)" }
        guard let from else { return "\(name) is \(kind.rawValue): \(to)" }
        return "\(kind.rawValue) of \(name) from \(from) to \(to)"
    }
}

extension DefinitionChange {
    /// The changes from one definition to the next, which continues it; in the order of the next one's file.
    public static func between(_ old: Campaign, _ new: Campaign) -> [DefinitionChange] {
        var changes: [DefinitionChange] = []
        for parameter in new.space.parameters {
            if let before = old.space.parameters.first(where: { $0.name == parameter.name }) {
                changes += between(before, parameter)
            } else {
                let earlier = parameter.earlier.map { "; earlier measurements had \($0)" } ?? ""
                changes.append(.init(name: parameter.name, kind: .added, from: nil, to: parameter.text + earlier))
            }
        }
        let (before, after) = (text(old.space.constraints), text(new.space.constraints))
        if before != after {
            changes.append(.init(name: "constraints", kind: .constraints, from: before, to: after))
        }
        if old.space.candidates?.sha256 != new.space.candidates?.sha256 {
            func text(_ candidates: Candidates?) -> String {
                candidates.map { "\($0.rows) in \($0.file)" } ?? "none"
            }
            changes.append(
                .init(
                    name: "candidates", kind: .candidates, from: text(old.space.candidates),
                    to: text(new.space.candidates)))
        }
        for objective in new.objectives {
            guard let before = old.objectives.first(where: { $0.name == objective.name }) else { continue }
            changes += unit(objective.name, before.unit, objective.unit)
        }
        return changes
    }

    private static func between(_ old: Parameter, _ new: Parameter) -> [DefinitionChange] {
        var changes: [DefinitionChange] = []
        func add(_ kind: Kind, _ from: String, _ to: String) {
            if from != to { changes.append(.init(name: new.name, kind: kind, from: from, to: to)) }
        }
        switch (old.domain, new.domain) {
        case (.continuous, .continuous): add(.range, old.domain.text, new.domain.text)
        case (.discrete, .discrete): add(.levels, old.domain.text, new.domain.text)
        case (.categorical(_, let before), .categorical(_, let after)):
            add(.options, old.domain.text, new.domain.text)
            if before != after, old.domain.descriptorsByOption.differ(from: new.domain.descriptorsByOption) {
                add(.descriptors, text(before), text(after))
            }
        default: add(.type, old.text, new.text)
        }
        if case let (from?, to?) = (old.domain.scale, new.domain.scale) { add(.scale, from.rawValue, to.rawValue) }
        add(.condition, old.when ?? "always", new.when ?? "always")
        return changes + unit(new.name, old.unit, new.unit)
    }

    private static func text(_ constraints: [Constraint]) -> String {
        constraints.isEmpty ? "none" : constraints.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private static func text(_ descriptors: [[Double]]?) -> String {
        guard let descriptors else { return "none" }
        return descriptors.map { "[\($0.map(\.shortest).joined(separator: ", "))]" }.joined(separator: " ")
    }

    private static func unit(_ name: String, _ old: String?, _ new: String?) -> [DefinitionChange] {
        old == new ? [] : [.init(name: name, kind: .unit, from: old ?? "none", to: new ?? "none")]
    }
}

extension Parameter {
    /// Type and values, as text: `continuous 0...100 C`.
    fileprivate var text: String {
        let type =
            switch domain {
            case .continuous: "continuous"
            case .discrete: "discrete"
            case .categorical: "categorical"
            case .listed: "listed"
            }
        return "\(type) \(domain.text)" + (unit.map { " \($0)" } ?? "")
    }
}

extension Parameter.Domain {
    /// Its values, as text: `0...100`, or all of a list.
    fileprivate var text: String {
        switch self {
        case .continuous(let low, let high, _): "\(low.shortest)...\(high.shortest)"
        case .discrete(let levels, _): listing(levels.map(\.shortest), limit: 50)
        case .categorical(let options, _): listing(options, limit: 50)
        case .listed: "texts of the candidates"
        }
    }

    /// The scale of a numeric one.
    var scale: Parameter.Scale? {
        switch self {
        case .continuous(_, _, let scale), .discrete(_, let scale): scale
        case .categorical, .listed: nil
        }
    }

    /// The descriptors of each option, where there are any.
    var descriptorsByOption: [String: [Double]] {
        guard case .categorical(let options, let descriptors?) = self else { return [:] }
        return Dictionary(zip(options, descriptors)) { first, _ in first }
    }
}

extension [String: [Double]] {
    /// Whether an option that both have differs, or only one of them has any.
    fileprivate func differ(from other: Self) -> Bool {
        isEmpty != other.isEmpty || contains { option, row in other[option].map { $0 != row } ?? false }
    }
}
