/// Events by which people say what is measured first, and how much is measured.
extension Event {
    /// A person puts a job that waits in its queue to another place there.
    public struct Move: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The job that it is to be handed out before; the last place where it is nil, the first where that one does not wait any more.
        public let before: JobID?
        /// The party that moves it.
        public let by: String
        /// Why, as text.
        public let reason: String
        /// A move of `job`.
        public init(job: JobID, before: JobID?, by: String, reason: String) {
            self.job = job
            self.before = before
            self.by = by
            self.reason = reason
        }
    }

    /// A person gives the campaign another budget. It holds until another one is given, or the campaign's file says another one than before.
    public struct Budgeting: Hashable, Codable, Sendable {
        /// The budget, all of it.
        public let budget: Budget
        /// The party that gives it.
        public let by: String
        /// Why, as text.
        public let reason: String
        /// A budget given by `by`.
        public init(budget: Budget, by: String, reason: String) {
            self.budget = budget
            self.by = by
            self.reason = reason
        }
    }
}
