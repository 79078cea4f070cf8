/// Why a message, a result or a point cannot be taken into a campaign.
///
/// Programs read ``details``, people the ``description``; both are made here and nowhere else.
public enum Refusal: Error, Hashable, Sendable {
    /// The point has no value for a parameter.
    case missingParameter(String)
    /// The point has a value for a parameter that is absent there.
    case absentParameter(String, when: String)
    /// The point has a value for a name that is no parameter.
    case unknownParameter(String, known: [String])
    /// A continuous parameter's value is outside its range.
    case outOfRange(parameter: String, value: Double, low: Double, high: Double)
    /// A discrete parameter's value is none of its levels.
    case notALevel(parameter: String, value: Double, levels: [Double])
    /// A categorical parameter's value is none of its options.
    case notAnOption(parameter: String, value: ParameterValue, options: [String])
    /// A numeric parameter's value is text.
    case notANumber(parameter: String, value: String)
    /// The point does not satisfy a constraint of the campaign.
    case violatedConstraint(String)
    /// The point is no row of the file of candidates.
    case notACandidate(String)
    /// The result lacks an objective.
    case missingObjective(String)
    /// The result has a value for a name that is no objective.
    case unknownObjective(String, known: [String])
    /// A measured value is infinite or not a number.
    case notFinite(objective: String, value: Double)
    /// A value's standard error is negative, infinite or not a number.
    case invalidError(objective: String, value: Double)
    /// A measured value is in another unit than the campaign's.
    case otherUnit(objective: String, unit: String, expected: String)
    /// An attachment is no reference.
    case invalidAttachment(reason: String)
    /// The measurement ends before it begins, or its stamps are not finite.
    case endsBeforeItBegins
    /// The campaign has no such job.
    case unknownJob(JobID)
    /// The job is a batch, and has a result for each of its samples.
    case resultOfBatch(JobID, samples: [JobID])
    /// A worker can measure no point of the campaign.
    case nothingMeasurable(Capability)
    /// The campaign cannot have this budget.
    case invalidBudget(String)
    /// The message belongs to another campaign.
    case otherCampaign(CampaignName, expected: CampaignName)
    /// The message was published under the routing key of another kind of event.
    case otherRoutingKey(type: String, key: String)
    /// The message is for the planner itself to publish.
    case plannersOwn(type: String)
    /// The message is no job.
    case notAJob
    /// A planner refused this very message before, for the reason given; a change of the campaign since then does not matter.
    case refusedBefore(reason: String)
    /// The message is no event.
    case malformed(reason: String)
}

extension Refusal: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .missingParameter(let name): "parameter \"\(name)\" is missing"
        case .absentParameter(let name, let when):
            "parameter \"\(name)\" has a value, and is there only when \(when)"
        case .unknownParameter(let name, let known):
            "\"\(name)\" is no parameter of this campaign (\(listing(known)))"
        case .outOfRange(let name, let value, let low, let high):
            "\(name) = \(value.shortest) is outside \(low.shortest)...\(high.shortest)"
        case .notALevel(let name, let value, let levels):
            "\(name) = \(value.shortest) is none of its levels (\(listing(levels.map(\.shortest))))"
        case .notAnOption(let name, .option(let text), let options):
            "\(name) = \"\(text.prefix(80))\" is none of its options (\(listing(options)))"
        case .notAnOption(let name, .number(let number), let options):
            "\(name) = \(number.shortest) is a number; it takes one of its options (\(listing(options)))"
        case .notANumber(let name, let text): "\(name) = \"\(text.prefix(80))\" is not a number"
        case .violatedConstraint(let text): "the constraint \"\(text)\" does not hold"
        case .notACandidate(let file): "the point is none of the candidates in \(file)"
        case .missingObjective(let name): "the result lacks the objective \"\(name)\""
        case .unknownObjective(let name, let known):
            "\"\(name.prefix(80))\" is no objective of this campaign (\(listing(known)))"
        case .notFinite(let name, let value): "the result's \"\(name)\" is \(value), not a finite number"
        case .invalidError(let name, let value):
            "the standard error of \"\(name)\" is \(value.shortest); it must be a finite number, 0 or more"
        case .otherUnit(let name, let unit, let expected):
            "the result's \"\(name.prefix(80))\" is in \(unit.prefix(40)), and the campaign measures it in \(expected)"
        case .invalidAttachment(let reason): reason
        case .endsBeforeItBegins: "the measurement ends before it begins"
        case .unknownJob(let job): "the campaign has no job \(job.rawValue.prefix(40))"
        case .resultOfBatch(let job, let samples):
            "job \(job) is a batch: a result names one of its samples (\(listing(samples.map(\.rawValue))))"
        case .nothingMeasurable(let only):
            "a worker that takes only \(only) can measure no point of the campaign"
        case .invalidBudget(let problem): "the budget's \(problem)"
        case .otherCampaign(let name, let expected): "it belongs to the campaign \(name), not \(expected)"
        case .otherRoutingKey(let type, let key):
            "its type is \"\(type)\", but it was published under the routing key of \"\(key.prefix(40))\""
        case .plannersOwn(let type): "only the planner publishes \"\(type)\""
        case .notAJob: "it is no job"
        case .refusedBefore(let reason): reason
        case .malformed(let reason): reason
        }
    }
}

extension Refusal {
    /// The parts of a refusal that programs act on, as an object in JSON:
    /// `{"code": "out-of-range", "parameter": "T", "value": 120, "allowed": {"low": 20, "high": 80}}`.
    public struct Details: Hashable, Codable, Sendable {
        /// What is wrong, as one word of a fixed list (Protocols/README.md).
        public var code: String
        /// The parameter or objective that it is about.
        public var parameter: String?
        /// What was given.
        public var value: ParameterValue?
        /// What would be taken.
        public var allowed: Allowed?
    }

    /// The values that would be taken.
    public enum Allowed: Hashable, Sendable {
        /// Any of a list: numbers, options or names.
        case anyOf([ParameterValue])
        /// Any number from `low` to `high`.
        case range(low: Double, high: Double)
    }

    /// The refusal for programs.
    public var details: Details {
        func options(_ list: [String]) -> Allowed { .anyOf(list.map(ParameterValue.option)) }
        return switch self {
        case .missingParameter(let name): Details(code: "missing-parameter", parameter: name)
        case .absentParameter(let name, let when):
            Details(code: "absent-parameter", parameter: name, value: .option(when))
        case .unknownParameter(let name, let known):
            Details(code: "unknown-parameter", parameter: name, allowed: options(known))
        case .outOfRange(let name, let value, let low, let high):
            Details(
                code: "out-of-range", parameter: name, value: Self.encodable(value),
                allowed: .range(low: low, high: high))
        case .notALevel(let name, let value, let levels):
            Details(
                code: "not-a-level", parameter: name, value: Self.encodable(value),
                allowed: .anyOf(levels.map(ParameterValue.number)))
        case .notAnOption(let name, let value, let list):
            Details(code: "not-an-option", parameter: name, value: value, allowed: options(list))
        case .notANumber(let name, let text): Details(code: "not-a-number", parameter: name, value: .option(text))
        case .violatedConstraint(let text): Details(code: "violated-constraint", value: .option(text))
        case .notACandidate(let file): Details(code: "not-a-candidate", value: .option(file))
        case .missingObjective(let name): Details(code: "missing-objective", parameter: name)
        case .unknownObjective(let name, let known):
            Details(code: "unknown-objective", parameter: name, allowed: options(known))
        case .notFinite(let name, let value):
            Details(code: "not-finite", parameter: name, value: Self.encodable(value))
        case .invalidError(let name, let value):
            Details(code: "invalid-error", parameter: name, value: Self.encodable(value))
        case .otherUnit(let name, let unit, let expected):
            Details(code: "other-unit", parameter: name, value: .option(unit), allowed: options([expected]))
        case .invalidAttachment: Details(code: "invalid-attachment")
        case .endsBeforeItBegins: Details(code: "ends-before-it-begins")
        case .unknownJob(let job): Details(code: "unknown-job", value: .option(job.rawValue))
        case .resultOfBatch(let job, let samples):
            Details(
                code: "result-of-batch", value: .option(job.rawValue), allowed: options(samples.map(\.rawValue)))
        case .nothingMeasurable(let only): Details(code: "nothing-measurable", value: .option("\(only)"))
        case .invalidBudget: Details(code: "invalid-budget")
        case .otherCampaign(let name, let expected):
            Details(
                code: "other-campaign", value: .option(name.rawValue), allowed: options([expected.rawValue]))
        case .otherRoutingKey(let type, let key):
            Details(code: "other-routing-key", value: .option(key), allowed: options([type]))
        case .plannersOwn(let type): Details(code: "planners-own", value: .option(type))
        case .notAJob: Details(code: "not-a-job")
        case .refusedBefore: Details(code: "refused-before")
        case .malformed: Details(code: "malformed")
        }
    }

    /// JSON has no numbers that are not finite: these are text.
    private static func encodable(_ value: Double) -> ParameterValue {
        value.isFinite ? .number(value) : .option("\(value)")
    }
}

/// In JSON `["THF", "water"]`, or `{"low": 20, "high": 80}`.
extension Refusal.Allowed: Codable {
    public init(from decoder: any Decoder) throws {
        if let list = try? [ParameterValue](from: decoder) {
            self = .anyOf(list)
        } else {
            let bounds = try Bounds(from: decoder)
            self = .range(low: bounds.low, high: bounds.high)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .anyOf(let list): try list.encode(to: encoder)
        case .range(let low, let high): try Bounds(low: low, high: high).encode(to: encoder)
        }
    }
}
