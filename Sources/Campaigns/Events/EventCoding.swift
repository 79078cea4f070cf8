import Foundation
import Synchronization

/// Events as JSON: one flat object, `{"version": 1, "type": "measured", "id": ..., "campaign": ..., "time": ..., ...}`.
/// Unknown keys are ignored, so that a later version may add some; an unknown `version` or `type` is refused.
extension Event: Codable {
    /// The version of the wire contract.
    public static let version = 1

    /// The members that every event has, and those of the bodies that a campaign has most of: these are read from the event's own
    /// container, since a second one over the same object costs an eighth of the time that an event takes.
    enum Key: String, CodingKey {
        case version, type, id, campaign, time
        case job, worker, parameters, units
        case objectives, only, origin, redelivery, publication, explanation, basis, repeats, samples
        case planSeconds = "plan_seconds"
        case redelivered, values, began, ended, attachments, cost, limits, errors
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container,
                debugDescription: "version \(version) is not known here, only \(Self.version)")
        }
        let type = try container.decode(String.self, forKey: .type)
        guard let kind = Kind(rawValue: type) else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "\"\(type.prefix(40))\" is no type of event")
        }
        let body = try Body(kind, from: decoder, container)
        self.init(
            id: try container.decode(EventID.self, forKey: .id),
            campaign: try container.decode(CampaignName.self, forKey: .campaign),
            time: try container.decode(Double.self, forKey: .time), body: body)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(body.type, forKey: .type)
        try container.encode(id, forKey: .id)
        try container.encode(campaign, forKey: .campaign)
        try container.encode(time, forKey: .time)
        try body.encode(to: encoder, &container)
    }

    /// The event as one line of JSON, keys in order. Throws if a number is not finite.
    public func json() throws -> Data {
        try encoded.json { try JSONEncoder.oneLine.encode(self) }
    }

    /// Reads an event, or throws a ``Refusal``.
    public init(json: Data) throws(Refusal) {
        guard json.count <= Self.largest else {
            throw Refusal.malformed(reason: "the message has \(json.count) bytes; at most \(Self.largest) are read")
        }
        do {
            self = try JSONDecoder().decode(Event.self, from: json)
        } catch {
            throw Refusal.malformed(reason: Self.message(for: error))
        }
        if !time.isFinite { throw .malformed(reason: "time is not a finite number") }
        if id.isEmpty || id.utf8.count > 255 { throw .malformed(reason: "id must have 1 to 255 bytes") }
    }

    /// The largest message that is read, in bytes: a result is small, attachments go by reference.
    public static let largest = 1 << 20

    private static func message(for error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the message" : "\"\(path)\""
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context): "\(place(context, key)) is missing"
        case DecodingError.typeMismatch(let type, let context): "\(place(context)) is not a \(word(for: type))"
        case DecodingError.valueNotFound(_, let context): "\(place(context)) is null"
        case DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON, or has a number beyond 64 bits, or is nested too deeply"
                : "\(place(context)): \(context.debugDescription)"
        default: "\(error)"
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch type {
        case is Double.Type, is Int.Type: "number"
        case is String.Type: "string"
        case is Bool.Type: "true or false"
        default: "object"
        }
    }
}

/// The JSON of a value that never changes, once somebody has asked for it. No part of the value: every one equals every other.
final class EncodedOnce: Hashable, Sendable {
    private let kept = Mutex<Data?>(nil)

    func json(_ encode: () throws -> Data) rethrows -> Data {
        if let json = kept.withLock({ $0 }) { return json }
        let json = try encode()
        kept.withLock { $0 = json }
        return json
    }

    static func == (_: EncodedOnce, _: EncodedOnce) -> Bool { true }
    func hash(into _: inout Hasher) {}
}

extension JSONEncoder {
    /// A value as one line of JSON, keys in order.
    public static let oneLine: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
}
