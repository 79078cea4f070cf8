import Foundation

/// The parameters of a campaign, in the order of its file.
public struct ParameterSpace: Hashable, Codable, Sendable {
    /// The parameters, each name once.
    public let parameters: [Parameter]

    /// A space over `parameters`, whose names differ.
    public init(_ parameters: [Parameter]) {
        self.parameters = parameters
    }

    /// How many points a finite space has; nil if a parameter is continuous, or the count does not fit an Int.
    public var cardinality: Int? {
        var product = 1
        for parameter in parameters {
            guard let count = parameter.cardinality else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: count)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }

    /// The numbered point of a finite space, the last parameter varying fastest. Cost: O(parameters).
    public func point(at index: Int) -> Point {
        var rest = index
        var point = Point()
        for parameter in parameters.reversed() {
            let count = parameter.cardinality ?? 1
            point[parameter.name] = parameter.value(at: rest % count)
            rest /= count
        }
        return point
    }

    /// The number of a point in a finite space; nil where a value is missing or foreign, or the space is not finite.
    public func index(of point: Point) -> Int? {
        var index = 0
        for parameter in parameters {
            guard let count = parameter.cardinality, let value = point[parameter.name],
                let position = parameter.index(of: value)
            else { return nil }
            index = index * count + position
        }
        return index
    }

    /// Why `point` is not in this space; nil if it is.
    public func refusal(of point: Point) -> Refusal? {
        for parameter in parameters {
            guard let value = point[parameter.name] else { return .missingParameter(parameter.name) }
            if let refusal = parameter.refusal(of: value) { return refusal }
        }
        let names = parameters.map(\.name)
        return point.keys.sorted().first { !names.contains($0) }.map { .unknownParameter($0, known: names) }
    }

    /// Why an experiment cannot have been made at `point`; nil if it can. What was really set may lie outside a range, or between two levels;
    /// it has a value for each parameter, a finite number or one of the options.
    public func refusal(ofMeasured point: Point) -> Refusal? {
        for parameter in parameters {
            guard let value = point[parameter.name] else { return .missingParameter(parameter.name) }
            if case .categorical = parameter.domain {
                if let refusal = parameter.refusal(of: value) { return refusal }
            } else {
                guard let number = value.number else {
                    return .notANumber(parameter: parameter.name, value: "\(value)")
                }
                if parameter.isLogarithmic ? !(number > 0 && number.isFinite) : !number.isFinite {
                    return parameter.refusal(of: value)
                        ?? .outOfRange(parameter: parameter.name, value: number, low: 0, high: .greatestFiniteMagnitude)
                }
            }
        }
        let names = parameters.map(\.name)
        return point.keys.sorted().first { !names.contains($0) }.map { .unknownParameter($0, known: names) }
    }

    /// A point as text in the space's own order: `x0=1.5 solvent=THF`.
    public func describe(_ point: Point) -> String {
        parameters.compactMap { parameter in
            point[parameter.name].map { value in
                "\(parameter.name)=\(value.readable)" + (parameter.unit.map { " \($0)" } ?? "")
            }
        }.joined(separator: " ")
    }
}

extension ParameterValue {
    /// The value for people to read: a number to six significant digits.
    public var readable: String { number.map { $0.rounded(significant: 6).shortest } ?? description }
}

extension Double {
    /// Rounded to `significant` decimal digits, for people to read.
    public func rounded(significant digits: Int) -> Double {
        guard isFinite, self != 0 else { return self }
        return Double(String(format: "%.\(digits)g", self)) ?? self
    }
}
