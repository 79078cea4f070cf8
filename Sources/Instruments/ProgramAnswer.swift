import Campaigns
import Foundation
import WorkerService

/// What a program is told of a job: one JSON object on its standard input. Of a batch, `parameters` are what its `samples` have in common.
struct ProgramQuestion: Encodable {
    let job: JobID
    let parameters: Point
    let samples: [Sample]?
    let objectives: [String]
    let units: [String: String]?

    struct Sample: Encodable {
        let job: JobID
        let parameters: Point
    }

    init(_ job: Job) {
        samples = job.samples?.map { Sample(job: $0.job, parameters: $0.parameters) }
        (self.job, parameters, objectives, units) = (job.id, job.parameters, job.objectives, job.units)
    }

    /// The same in the environment: BURETTE_JOB, BURETTE_OBJECTIVES, and a variable for each parameter, BURETTE_X0; whatever
    /// the name of a variable cannot have becomes an underscore.
    var environment: [String: String] {
        var variables = ["BURETTE_JOB": job.rawValue, "BURETTE_OBJECTIVES": objectives.joined(separator: " ")]
        for (name, value) in parameters {
            let key = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
            variables["BURETTE_\(String(key))"] = "\(value)"
        }
        return variables
    }
}

/// What a program answers: one JSON object on its standard output, the values by objective; or `{"failed": "the needle is bent"}`,
/// which may have a `kind`: `infeasible` or `accident`.
/// A value may be a limit, `{"yield": "< 0.1"}`, or have a standard error, `{"yield": "0.42 +- 0.02"}` or `"errors": {"yield": 0.02}`. Beside the values may stand `"units": {"yield": "g"}`, `"attachments": ["spectrum.csv"]`, and `"parameters": {"T": 30.3}` where something
/// else was set than what was asked for.
struct ProgramAnswer {
    let result: MeasurementResult

    private enum Field: Decodable {
        case number(Double)
        case text(String)
        case texts([String: String])
        case point(Point)
        case references([Reference])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let texts = try? container.decode([String: String].self) {
                self = .texts(texts)
            } else if let point = try? container.decode(Point.self) {
                self = .point(point)
            } else if let references = try? container.decode([Reference].self) {
                self = .references(references)
            } else {
                self = .other
            }
        }
    }

    /// A file that the program made, or something that it has put elsewhere.
    private enum Reference: Decodable {
        case file(String)
        case elsewhere(Attachment)

        init(from decoder: any Decoder) throws {
            if let path = try? decoder.singleValueContainer().decode(String.self) {
                self = .file(path)
            } else {
                self = .elsewhere(try Attachment(from: decoder))
            }
        }

        var attachment: Attachment {
            get throws(MeasurementFailure) {
                switch self {
                case .file(let path): try Attachment(file: path)
                case .elsewhere(let attachment): attachment
                }
            }
        }
    }

    /// Reads an answer. Throws ``MeasurementFailure`` with the program's reason, and ``UnreadableAnswer``.
    /// What it says `besides` is not read.
    init(_ text: String, besides others: Set<String> = []) throws {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { throw UnreadableAnswer("the program printed no result") }
        guard let fields = try? JSONDecoder().decode([String: Field].self, from: Data(trimmed.utf8)) else {
            let lines = trimmed.split(separator: "\n")
            throw UnreadableAnswer(
                lines.count > 1 && lines.allSatisfy { $0.hasPrefix("{") }
                    ? "the program printed \(lines.count) results instead of one"
                    : "the program printed no JSON object, but \"\(trimmed.prefix(200))\"")
        }
        if case .text(let reason)? = fields["failed"] { throw try Self.failure(reason, fields["kind"]) }
        var result = MeasurementResult([:])
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) where !others.contains(name) {
            switch (name, field) {
            case (_, .number(let number)): result.values[name] = number
            case ("units", .texts(let units)): result.units = units
            case ("parameters", .point(let point)): result.parameters = point
            case ("errors", .point(let errors)) where errors.values.allSatisfy({ $0.number != nil }):
                result.errors.merge(errors.compactMapValues(\.number)) { $1 }
            case ("parameters", .texts(let options)): result.parameters = options.mapValues(ParameterValue.option)
            case ("attachments", .references(let references)):
                for reference in references { result.attachments.append(try reference.attachment) }
            case (_, .text(let text)):
                if let (limit, number) = Limit.read(text), let number = Double(number) {
                    (result.values[name], result.limits[name]) = (number, limit)
                    continue
                }
                if let (value, error) = StandardError.read(text), let number = Double(value), let error = Double(error)
                {
                    (result.values[name], result.errors[name]) = (number, error)
                    continue
                }
                throw UnreadableAnswer(
                    "the program's \"\(name.prefix(80))\" is the text \"\(text.prefix(80))\", not a number")
            default: throw UnreadableAnswer("the program's \"\(name.prefix(80))\" is no number")
            }
        }
        self.result = result
    }

    private static func failure(_ reason: String, _ kind: Field?) throws(UnreadableAnswer) -> MeasurementFailure {
        guard let kind else { return MeasurementFailure(reason) }
        guard case .text(let text) = kind, let known = FailureKind(rawValue: text) else {
            throw UnreadableAnswer(
                "the program failed (\(reason.prefix(200))), and the kind of the failure is neither infeasible nor accident"
            )
        }
        return MeasurementFailure(reason, kind: known)
    }
}

/// An answer that is no result.
struct UnreadableAnswer: Error {
    let failure: MeasurementFailure
    init(_ reason: String) { failure = MeasurementFailure(reason) }
}
