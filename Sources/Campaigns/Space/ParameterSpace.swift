import Foundation

/// The parameters of a campaign, in the order of its file, and what holds between them.
public struct ParameterSpace: Hashable, Sendable {
    /// The parameters, each name once.
    public let parameters: [Parameter]
    /// What every point must satisfy, as far as it names parameters that are there.
    public let constraints: [Constraint]
    /// The only points that are admissible; nil where all are.
    public let candidates: Candidates?
    /// The condition of each parameter; nil where it is always there.
    let conditions: [Constraint?]

    /// A space over `parameters`, whose names differ, with constraints that were read over them.
    public init(_ parameters: [Parameter], constraints: [Constraint] = [], candidates: Candidates? = nil) {
        self.candidates = candidates
        self.parameters = parameters
        self.constraints = constraints
        // A file whose conditions cannot be read is refused.
        conditions = parameters.map { parameter in parameter.when.flatMap { try? Constraint($0, over: parameters) } }
    }

    /// The first constraint that does not hold at a point, within the tolerance for what comes in.
    public func violated(by point: Point) -> Constraint? {
        guard !constraints.isEmpty, let values = values(of: point) else { return nil }
        return violated(by: values, isTolerant: true)
    }

    /// How many points a finite space has, whether they satisfy the constraints or not; nil if a parameter is continuous, or the count does not fit an Int.
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
        guard let values = values(of: point) else { return nil }
        var index = 0
        for (parameter, value) in zip(parameters, values) {
            guard let count = parameter.cardinality, let position = parameter.index(of: value) else { return nil }
            index = index * count + position
        }
        return index
    }

    /// Why `point` is not in this space; nil if it is. What was measured already may be taken as it is, whatever the constraints.
    public func refusal(of point: Point, constraintsHold: Bool = true) -> Refusal? {
        if let refusal = refusal(ofParametersOf: point) { return refusal }
        for parameter in parameters {
            guard let value = point[parameter.name] else { continue }
            if let refusal = parameter.refusal(of: value) { return refusal }
        }
        if let candidates, let table = CandidateTables.shared.known(candidates), table.row(of: point) == nil {
            return .notACandidate(candidates.file)
        }
        return constraintsHold ? violated(by: point).map { .violatedConstraint($0.text) } : nil
    }

    /// Why an experiment cannot have been made at `point`; nil if it can. What was really set may lie outside a range, or between two levels;
    /// it has a value for each parameter, a finite number or one of the options.
    public func refusal(ofMeasured point: Point) -> Refusal? {
        if let refusal = refusal(ofParametersOf: point) { return refusal }
        for parameter in parameters {
            guard let value = point[parameter.name] else { continue }
            if !parameter.isNumeric {
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
        return nil
    }

    /// Why a point has too many parameters, or too few; nil where it has not.
    private func refusal(ofParametersOf point: Point) -> Refusal? {
        let names = parameters.map(\.name)
        if let stranger = point.keys.sorted().first(where: { !names.contains($0) }) {
            return .unknownParameter(stranger, known: names)
        }
        let present = presence(in: point)
        for (parameter, isPresent) in zip(parameters, present) where (point[parameter.name] != nil) != isPresent {
            return isPresent
                ? .missingParameter(parameter.name) : .absentParameter(parameter.name, when: parameter.when ?? "")
        }
        return nil
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

/// In JSON `{"parameters": [...], "constraints": ["a + b <= 1"]}`; without constraints the key is left out.
extension ParameterSpace: Codable {
    private enum CodingKeys: CodingKey { case parameters, constraints, candidates }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let parameters = try container.decode([Parameter].self, forKey: .parameters)
        let texts = try container.decodeIfPresent([String].self, forKey: .constraints) ?? []
        self.init(
            parameters, constraints: try texts.map { try Constraint($0, over: parameters) },
            candidates: try container.decodeIfPresent(Candidates.self, forKey: .candidates))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(parameters, forKey: .parameters)
        if !constraints.isEmpty { try container.encode(constraints.map(\.text), forKey: .constraints) }
        try container.encodeIfPresent(candidates, forKey: .candidates)
    }
}
