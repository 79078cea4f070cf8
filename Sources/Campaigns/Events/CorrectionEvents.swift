/// What people say of results and jobs afterwards.
extension Event {
    /// The values of a job's result as they should have been: it was mistyped, or read off wrongly. The result itself stays in the record.
    public struct Correction: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The values by objective, all of them.
        public let values: [String: Double]
        /// The values that are limits only, by objective; nil where none is.
        public let limits: [String: Limit]?
        /// The standard errors of the values, by objective; nil where none is known.
        public let errors: [String: Double]?
        /// The party that corrects.
        public let by: String
        /// Why, as text.
        public let reason: String
        /// A correction of the result of `job`.
        public init(
            job: JobID, values: [String: Double], limits: [String: Limit]? = nil, errors: [String: Double]? = nil,
            by: String, reason: String
        ) {
            self.job = job
            self.values = values
            self.limits = limits
            self.errors = errors
            self.by = by
            self.reason = reason
        }
    }

    /// What a person has to say about a job, for other people; nothing depends on it.
    public struct Comment: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The party that says it.
        public let by: String
        /// What.
        public let text: String
        /// A comment on `job`.
        public init(job: JobID, by: String, text: String) {
            self.job = job
            self.by = by
            self.text = text
        }

        /// The longest comment, in characters.
        public static let longest = 10_000
    }
}
