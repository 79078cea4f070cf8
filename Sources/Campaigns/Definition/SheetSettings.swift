/// What is a campaign's board. Files are relative to the campaign file's folder.
public enum SheetSettings: Hashable, Sendable {
    /// A spreadsheet in a cloud: its id, or its address in a browser, and the file with the key of the service account; nil where the environment says it.
    case spreadsheet(String, credentials: String?)
    /// A workbook, or a folder with files of CSV, with decimal commas or points.
    case exchange(String, semicolons: Bool)
}

extension SheetSettings: Codable {
    private enum Key: String, CodingKey {
        case spreadsheet, credentials, exchange, semicolons
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let path = try container.decodeIfPresent(String.self, forKey: .exchange) {
            self = .exchange(path, semicolons: try container.decodeIfPresent(Bool.self, forKey: .semicolons) ?? false)
        } else {
            self = .spreadsheet(
                try container.decode(String.self, forKey: .spreadsheet),
                credentials: try container.decodeIfPresent(String.self, forKey: .credentials))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .spreadsheet(let id, let credentials):
            try container.encode(id, forKey: .spreadsheet)
            try container.encodeIfPresent(credentials, forKey: .credentials)
        case .exchange(let path, let semicolons):
            try container.encode(path, forKey: .exchange)
            if semicolons { try container.encode(true, forKey: .semicolons) }
        }
    }
}
