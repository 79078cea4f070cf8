/// What an instrument returns for a job.
public struct MeasurementResult: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// The measured values by objective.
    public var values: [String: Double]
    /// The units that they are in, as far as the instrument says.
    public var units: [String: String]
    /// Data too large for a message, by reference.
    public var attachments: [Attachment]
    /// The parameters that were really set, where they differ from the job's: 30.3 for 30.25.
    public var parameters: Point
    /// What the measurement cost, where the instrument says so.
    public var cost: Double?
    /// The values that are limits only, by objective: below 0.1.
    public var limits: [String: Limit]
    /// The standard errors of the values, by objective, as far as the instrument says.
    public var errors: [String: Double]

    /// A result; most instruments return `values` alone.
    public init(
        _ values: [String: Double], units: [String: String] = [:], attachments: [Attachment] = [],
        parameters: Point = [:], cost: Double? = nil, limits: [String: Limit] = [:], errors: [String: Double] = [:]
    ) {
        self.errors = errors
        self.limits = limits
        self.cost = cost
        self.parameters = parameters
        self.values = values
        self.units = units
        self.attachments = attachments
    }

    /// It for a job that has no objective `cost`: a value of that name is what the measurement cost.
    public func separatingCost(of job: Job) -> MeasurementResult {
        guard cost == nil, !job.objectives.contains("cost"), let cost = values["cost"] else { return self }
        var result = self
        result.cost = cost
        result.values["cost"] = nil
        return result
    }

    public init(dictionaryLiteral values: (String, Double)...) { self.init(Dictionary(values) { $1 }) }
}

/// A reference to data too large for a message, such as a spectrum, with its checksum.
public struct Attachment: Hashable, Codable, Sendable {
    /// A path or an address.
    public var url: String
    /// The SHA-256 of the bytes there, in 64 hexadecimal digits.
    public var sha256: String
    /// How many bytes they are, where that is known.
    public var bytes: Int?

    /// What is at `url`.
    public init(url: String, sha256: String, bytes: Int? = nil) {
        self.url = url
        self.sha256 = sha256
        self.bytes = bytes
    }

    /// Why it is no reference; nil if it is one.
    public var refusal: Refusal? {
        if url.isEmpty || url.utf8.count > 2000 {
            return .invalidAttachment(reason: "an attachment's url must have 1 to 2000 bytes")
        }
        guard sha256.count == 64, sha256.allSatisfy({ $0.isHexDigit && $0.isASCII }) else {
            return .invalidAttachment(
                reason: "the attachment \(url.prefix(80)) has no sha256 of 64 hexadecimal digits")
        }
        return nil
    }
}
