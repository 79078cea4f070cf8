import Foundation

/// What was written into a row last, so that what a person changed can be told from what the campaign changed. It stands in the row itself: whoever
/// sorts, copies or deletes rows takes it along.
struct RowMark: Hashable, Codable, Sendable {
    /// The job of the row.
    var job: String
    /// The texts of the cells that people may change, by key; nothing for an empty cell.
    var written: [String: String] = [:]
    /// Its place in the queue.
    var place: Int?
    /// Whether the row is a person's own experiment, of which the campaign is yet to be told.
    var isNew: Bool?
    /// The notes at its cells, by key.
    var flags: [String: String] = [:]

    private enum CodingKeys: String, CodingKey {
        case job = "j"
        case written = "w"
        case place = "n"
        case isNew = "new"
        case flags = "f"
    }

    init(job: String) { self.job = job }

    /// Nil for a text that is none.
    init?(_ text: String) {
        guard let mark = try? JSONDecoder().decode(RowMark.self, from: Data(text.utf8)) else { return nil }
        self = mark
    }

    var text: String {
        // Texts and numbers alone always have a form in JSON.
        let data = (try? JSONEncoder.sorted.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

/// What stood in a worksheet when it was written last, in the row of the keys: a row that is missing was deleted by a person.
struct TabMark: Hashable, Codable, Sendable {
    /// The jobs that had rows; of results how many.
    var jobs: [String]?
    var count: Int?

    init() {}

    init?(_ text: String) {
        guard let mark = try? JSONDecoder().decode(TabMark.self, from: Data(text.utf8)) else { return nil }
        self = mark
    }

    var text: String { String(decoding: (try? JSONEncoder.sorted.encode(self)) ?? Data(), as: UTF8.self) }
}

extension JSONEncoder {
    /// Keys in order: the same value is the same text.
    fileprivate static let sorted: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
}
