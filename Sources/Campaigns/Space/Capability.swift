import Foundation

/// What a worker can do: which values of some parameters it takes. Of the others it takes any.
public struct Capability: Hashable, Sendable {
    /// The values that it takes, by parameter.
    public let values: [String: Values]

    /// The values of one parameter.
    public enum Values: Hashable, Sendable {
        /// Some options, or levels as text; in order, each once.
        case listed([String])
        /// Numbers from `low` to `high`, both included.
        case range(low: Double, high: Double)
    }

    /// A capability of `values`; a list's order means nothing.
    public init(_ values: [String: Values]) {
        self.values = values.mapValues { values in
            if case .listed(let list) = values { .listed(Set(list).sorted()) } else { values }
        }
    }

    /// Reads texts such as `solvent=water,THF` or `temperature=20...80`, one for each parameter. Throws ``Unclear``.
    public init(texts: [String]) throws(Unclear) {
        var values: [String: Values] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Unclear(description: "\"\(text)\" is no parameter=value,value or parameter=low...high")
            }
            guard values[parts[0]] == nil else { throw Unclear(description: "\(parts[0]) stands twice") }
            let ends = parts[1].split(separator: "...", omittingEmptySubsequences: false).map { Double($0) }
            if ends.count == 2, let low = ends[0], let high = ends[1] {
                guard low <= high, low.isFinite, high.isFinite else {
                    throw Unclear(description: "\(text): low must not be above high")
                }
                values[parts[0]] = .range(low: low, high: high)
            } else {
                values[parts[0]] = .listed(parts[1].split(separator: ",").map(String.init))
            }
        }
        self.init(values)
        guard queueName.utf8.count <= 150 else {
            throw Unclear(description: "that is too much for a queue's name: name fewer values, or give ranges")
        }
    }

    /// Why a text is no capability, in words.
    public struct Unclear: Error, Hashable, Sendable, CustomStringConvertible {
        /// As text.
        public let description: String
    }

    /// Whether it can measure at `point`. A parameter that is absent there asks nothing of a worker.
    public func admits(_ point: Point) -> Bool {
        values.allSatisfy { name, values in point[name].map(values.contains) ?? true }
    }

    /// The part of `space` that it can measure; nil if there is none, or it names a parameter that the space does not have.
    public func restricting(_ space: ParameterSpace) -> ParameterSpace? {
        guard values.keys.allSatisfy({ name in space.parameters.contains { $0.name == name } }) else { return nil }
        var parameters: [Parameter] = []
        for parameter in space.parameters {
            guard let values = values[parameter.name] else {
                parameters.append(parameter)
                continue
            }
            guard let domain = values.restricting(parameter.domain) else { return nil }
            parameters.append(
                Parameter(
                    name: parameter.name, domain: domain, unit: parameter.unit, resolution: parameter.resolution,
                    earlier: parameter.earlier, when: parameter.when))
        }
        return ParameterSpace(parameters, constraints: space.constraints, candidates: space.candidates)
    }

    /// It as a part of a queue's name and of a routing key: `solvent=THF,water;temperature=20~80`, whatever else percent-encoded.
    public var queueName: String {
        values.sorted { $0.key < $1.key }.map { name, values in
            switch values {
            case .listed(let list): "\(name.percentEncoded)=\(list.map(\.percentEncoded).joined(separator: ","))"
            case .range(let low, let high):
                "\(name.percentEncoded)=\(low.shortest.percentEncoded)~\(high.shortest.percentEncoded)"
            }
        }.joined(separator: ";")
    }
}

extension Capability: CustomStringConvertible {
    public var description: String {
        values.sorted { $0.key < $1.key }.map { name, values in
            switch values {
            case .listed(let list): "\(name)=\(list.joined(separator: ","))"
            case .range(let low, let high): "\(name)=\(low.shortest)...\(high.shortest)"
            }
        }.joined(separator: " ")
    }
}

extension Capability.Values {
    /// Whether `value` is among them.
    func contains(_ value: ParameterValue) -> Bool {
        switch (self, value) {
        case (.listed(let list), .option(let text)): list.contains(text)
        case (.listed(let list), .number(let number)):
            list.contains { text in Double(text).map { Parameter.isLevel($0, number) } ?? false }
        case (.range(let low, let high), .number(let number)): number >= low && number <= high
        case (.range, .option): false
        }
    }

    /// The part of a domain that they are; nil if there is none.
    fileprivate func restricting(_ domain: Parameter.Domain) -> Parameter.Domain? {
        switch domain {
        case .continuous(let low, let high, let scale):
            guard case .range(let from, let to) = self, max(low, from) <= min(high, to) else { return nil }
            return .continuous(low: max(low, from), high: min(high, to), scale: scale)
        case .discrete(let levels, let scale):
            let some = levels.filter { contains(.number($0)) }
            return some.isEmpty ? nil : .discrete(levels: some, scale: scale)
        case .listed: return .listed
        case .categorical(let options, let descriptors):
            let some = options.indices.filter { contains(.option(options[$0])) }
            guard !some.isEmpty else { return nil }
            return .categorical(
                options: some.map { options[$0] }, descriptors: descriptors.map { rows in some.map { rows[$0] } })
        }
    }
}

extension String {
    /// Percent-encoded but for ASCII letters, digits, `-` and `_`: a part of a queue's name, a routing key or an address.
    package var percentEncoded: String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? self
    }
}

/// In JSON `{"solvent": ["THF", "water"], "temperature": {"low": 20, "high": 80}}`.
extension Capability: Codable {
    public init(from decoder: any Decoder) throws { self.init(try [String: Values](from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

extension Capability.Values: Codable {
    public init(from decoder: any Decoder) throws {
        if let list = try? [String](from: decoder) {
            self = .listed(list)
        } else {
            let bounds = try Bounds(from: decoder)
            self = .range(low: bounds.low, high: bounds.high)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .listed(let list): try list.encode(to: encoder)
        case .range(let low, let high): try Bounds(low: low, high: high).encode(to: encoder)
        }
    }
}

/// The ends of a range, as JSON has them.
struct Bounds: Codable {
    let low: Double
    let high: Double
}
