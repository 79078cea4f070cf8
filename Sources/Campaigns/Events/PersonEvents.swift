/// Events about jobs, published by people.
extension Event {
    /// A person's decision on a job that is held, or that a person gives up.
    public struct Release: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// What becomes of it.
        public let decision: Decision
        /// The party that decides.
        public let by: String
        /// The reason, as text.
        public let reason: String
        /// A decision on `job`.
        public init(job: JobID, decision: Decision, by: String, reason: String) {
            self.job = job
            self.decision = decision
            self.by = by
            self.reason = reason
        }

        /// What can become of a job.
        public enum Decision: String, Hashable, Codable, Sendable, CaseIterable {
            /// It is handed out once more, if it is held.
            case rerun
            /// It has failed, unless it has ended.
            case fail
            /// It is taken back, unless it has ended: nobody wants it measured, and nothing is learnt from that. Its point is not proposed again.
            case withdraw
        }
    }

    /// A person's verdict on the observation of a job, or on those of all samples of a batch.
    public struct Verdict: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The party that decides.
        public let by: String
        /// The reason, as text.
        public let reason: String
        /// A verdict on `job`.
        public init(job: JobID, by: String, reason: String) {
            self.job = job
            self.by = by
            self.reason = reason
        }
    }

    /// An experiment that no planner recommended.
    public struct Injection: Hashable, Codable, Sendable {
        /// The job that it becomes.
        public let job: JobID
        /// The point.
        public let parameters: Point
        /// What was measured there; nil asks for a measurement.
        public let values: [String: Double]?
        /// Whether the point is what was really set, and so may lie outside the ranges, or between levels; nil is no.
        public let asMeasured: Bool?
        /// The values that are limits only, by objective; nil where none is.
        public let limits: [String: Limit]?
        /// The standard errors of the values, by objective; nil where none is known.
        public let errors: [String: Double]?
        /// The party that publishes it.
        public let by: String
        /// Why, or whence, in words.
        public let reason: String
        /// An experiment at `parameters`.
        public init(
            job: JobID, parameters: Point, values: [String: Double]?, by: String, reason: String,
            asMeasured: Bool? = nil, limits: [String: Limit]? = nil, errors: [String: Double]? = nil
        ) {
            self.errors = errors
            self.limits = limits
            self.asMeasured = asMeasured
            self.job = job
            self.parameters = parameters
            self.values = values
            self.by = by
            self.reason = reason
        }

        private enum CodingKeys: String, CodingKey {
            case job, parameters, values, limits, errors, by, reason
            case asMeasured = "as_measured"
        }
    }
}
