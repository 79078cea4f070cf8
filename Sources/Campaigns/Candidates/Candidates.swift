/// The only points that a campaign may measure: the rows of a file. A definition has its name and checksum, not its rows.
public struct Candidates: Hashable, Codable, Sendable {
    /// The path of the file: CSV with a header.
    public let file: String
    /// The SHA-256 of its bytes, in 64 hexadecimal digits.
    public let sha256: String
    /// How many rows it has.
    public let rows: Int
    /// The columns that are parameters, in the order of the file.
    public let parameters: [String]
    /// The columns that are no parameters: numbers that say how candidates are alike.
    public let descriptors: [String]

    /// Candidates of the given parts.
    public init(file: String, sha256: String, rows: Int, parameters: [String], descriptors: [String]) {
        self.file = file
        self.sha256 = sha256
        self.rows = rows
        self.parameters = parameters
        self.descriptors = descriptors
    }
}

/// What is wrong with a file of candidates.
public struct CandidatesError: CodedError, Hashable, Sendable, CustomStringConvertible {
    /// The file, the row, and what to do.
    public let description: String
    public var code: String { "candidates" }

    init(_ file: String, row: Int? = nil, _ problem: String) {
        description = "\(file)\(row.map { ", row \($0)" } ?? ""): \(problem)"
    }
}
