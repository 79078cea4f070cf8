import Foundation

/// One parameter of an experiment.
public struct Parameter: Hashable, Codable, Sendable {
    /// Its name, unique in the space.
    public let name: String
    /// The values that it can take.
    public let domain: Domain
    /// The unit that people and instruments read it in, as text.
    public let unit: String?
    /// How finely an instrument can be set, where a continuous one cannot take every number.
    public let resolution: Resolution?
    /// The value that measurements had before the parameter was added to a campaign; nil where it was there from the beginning.
    public let earlier: ParameterValue?
    /// Where it is there at all, as a condition on parameters before it: `catalyst == Pd`; nil where it always is.
    public let when: String?

    /// A parameter named `name` over `domain`.
    public init(
        name: String, domain: Domain, unit: String? = nil, resolution: Resolution? = nil,
        earlier: ParameterValue? = nil, when: String? = nil
    ) {
        self.when = when
        self.earlier = earlier
        self.name = name
        self.domain = domain
        self.unit = unit
        self.resolution = resolution
    }

    /// How a numeric parameter is spaced for the model: evenly, or evenly in its logarithm.
    public enum Scale: String, Hashable, Codable, Sendable, CaseIterable { case linear, log }

    /// The set of values of a parameter.
    public enum Domain: Hashable, Codable, Sendable {
        /// Every number from `low` to `high`, both included.
        case continuous(low: Double, high: Double, scale: Scale)
        /// The numbers `levels`, ascending.
        case discrete(levels: [Double], scale: Scale)
        /// One of `options`; `descriptors` gives each option, in the same order, numbers that say how options are alike.
        case categorical(options: [String], descriptors: [[Double]]?)
        /// A text of a column of the space's ``Candidates``.
        case listed
    }

    /// The value that stands for none, where a parameter is absent: in the middle, as far from all others as a value can be. The model takes
    /// all absent ones for the same, and the difference to present ones is in the parameters that the condition names.
    public var standIn: ParameterValue {
        switch domain {
        case .continuous(let low, let high, .linear): .number(settable((low + high) / 2, from: low, to: high))
        case .continuous(let low, let high, .log):
            .number(settable(low.squareRoot() * high.squareRoot(), from: low, to: high))
        case .discrete(let levels, _): .number(levels[levels.count / 2])
        case .categorical(let options, _): .option(options[options.count / 2])
        case .listed: .option("")
        }
    }

    /// Whether its values are numbers.
    public var isNumeric: Bool {
        switch domain {
        case .continuous, .discrete: true
        case .categorical, .listed: false
        }
    }

    /// Whether it is spaced evenly in its logarithm.
    var isLogarithmic: Bool {
        switch domain {
        case .continuous(_, _, let scale), .discrete(_, let scale): scale == .log
        case .categorical, .listed: false
        }
    }

    /// How many values it has, or nil where it is continuous, or a column of candidates.
    public var cardinality: Int? {
        switch domain {
        case .continuous, .listed: nil
        case .discrete(let levels, _): levels.count
        case .categorical(let options, _): options.count
        }
    }

    /// The numbered value of a finite parameter, 0 up to its cardinality; nil where there is none.
    public func value(at index: Int) -> ParameterValue? {
        switch domain {
        case .continuous, .listed: nil
        case .discrete(let levels, _): levels.indices.contains(index) ? .number(levels[index]) : nil
        case .categorical(let options, _): options.indices.contains(index) ? .option(options[index]) : nil
        }
    }

    /// The index of a value in a finite parameter; nil for a continuous one, or a value outside it.
    public func index(of value: ParameterValue) -> Int? {
        switch (domain, value) {
        case (.discrete(let levels, _), .number(let number)):
            levels.firstIndex { Parameter.isLevel($0, number) }
        case (.categorical(let options, _), .option(let text)): options.firstIndex(of: text)
        default: nil
        }
    }

    /// Whether `number` is the level `level`: levels that were computed from low, high and step come back from JSON or other languages
    /// with a last digit off.
    static func isLevel(_ level: Double, _ number: Double) -> Bool {
        level == number || abs(level - number) <= 1e-9 * max(abs(level), abs(number))
    }

    /// Why `value` is not one of this parameter's; nil if it is.
    public func refusal(of value: ParameterValue) -> Refusal? {
        switch (domain, value) {
        case (.continuous(let low, let high, _), .number(let number)):
            number.isFinite && number >= low && number <= high
                ? nil : .outOfRange(parameter: name, value: number, low: low, high: high)
        case (.discrete(let levels, _), .number(let number)):
            index(of: value) != nil ? nil : .notALevel(parameter: name, value: number, levels: levels)
        case (.categorical(let options, _), _):
            index(of: value) != nil ? nil : .notAnOption(parameter: name, value: value, options: options)
        case (.listed, .option): nil
        case (.listed, .number(let number)): .notAnOption(parameter: name, value: .number(number), options: [])
        case (_, .option(let text)): .notANumber(parameter: name, value: text)
        }
    }
}

/// The first few of many, for a message.
func listing(_ items: [String], limit: Int = 8) -> String {
    items.prefix(limit).joined(separator: ", ") + (items.count > limit ? ", ... \(items.count) in all" : "")
}
