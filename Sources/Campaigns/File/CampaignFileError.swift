/// What is wrong with a campaign file: where it stands, what stands there, and what would be allowed.
public struct CampaignFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name as the user gave it.
    public let file: String
    /// The line, from 1; nil where the file as a whole is meant.
    public let line: Int?
    /// What is wrong and what is allowed, in one sentence.
    public let problem: String
    /// The same for programs: `parameter` is the key with its place in the file (`parameter "T" low`); nil where the file as a whole is meant.
    public let details: Refusal.Details?

    /// A problem in a file.
    public init(file: String, line: Int? = nil, problem: String, details: Refusal.Details? = nil) {
        self.file = file
        self.line = line
        self.problem = problem
        self.details = details
    }

    public var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + problem }
}
