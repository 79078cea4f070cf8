/// The short name of a campaign: part of its queues' names, its routing keys and its ledger's file name.
///
/// Lower-case letters, digits and hyphens, at most 63, beginning with a letter or digit. It holds no dot, so that it is
/// one word of a routing key, and no character that a file system or RabbitMQ would treat in a special way.
public struct CampaignName: Hashable, Sendable, CustomStringConvertible {
    /// The name as text.
    public let rawValue: String

    /// Checks and takes a name. Throws ``InvalidName`` that says what is allowed.
    public init(_ text: String) throws(InvalidName) {
        let allowed = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        }
        guard allowed, (1...63).contains(text.utf8.count), text.utf8.first != 0x2D else {
            throw InvalidName(text: text)
        }
        rawValue = text
    }

    public var description: String { rawValue }

    /// A text that cannot name a campaign.
    public struct InvalidName: Error, CustomStringConvertible {
        /// The text that was refused.
        public let text: String
        public var description: String {
            "\"\(text.prefix(80))\" cannot name a campaign: use a-z, 0-9 and -, at most 63, beginning with a letter or digit"
        }
    }
}

extension CampaignName: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as InvalidName {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
