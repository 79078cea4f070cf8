/// The value of one parameter: a number, or one option of a categorical parameter. In JSON a number or a string.
public enum ParameterValue: Hashable, Sendable, CustomStringConvertible {
    /// A continuous or discrete parameter's value, in the parameter's own unit.
    case number(Double)
    /// A categorical parameter's option.
    case option(String)

    /// The number, if it is one.
    public var number: Double? { if case .number(let value) = self { value } else { nil } }

    public var description: String {
        switch self {
        case .number(let value): value.shortest
        case .option(let text): text
        }
    }
}

extension ParameterValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .option(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let value): try container.encode(value)
        case .option(let text): try container.encode(text)
        }
    }
}

extension Double {
    /// The shortest text that reads back as the same number, without ".0" on whole ones.
    public var shortest: String {
        guard isFinite, self == rounded(), magnitude < 1e15 else { return "\(self)" }
        return String(Int64(self))
    }
}

/// A point of the parameter space: a value for each parameter, by name.
public typealias Point = [String: ParameterValue]
