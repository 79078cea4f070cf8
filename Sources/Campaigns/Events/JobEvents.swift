/// Events about jobs, published by workers and the planner.
extension Event {
    /// The capability of a limited worker.
    public struct Presence: Hashable, Codable, Sendable {
        /// The worker's name.
        public let worker: String
        /// The jobs that it takes.
        public let only: Capability
        /// The presence of `worker`.
        public init(worker: String, only: Capability) {
            self.worker = worker
            self.only = only
        }
    }

    /// A worker that begins a job.
    public struct Start: Hashable, Encodable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// Whether the broker had delivered the job before.
        public let redelivered: Bool
        /// Which of the job's publications: messages about an earlier one are ignored. Nil where the worker does not say.
        public let publication: Int?
        /// A start of `job` by `worker`.
        public init(job: JobID, worker: String, redelivered: Bool, publication: Int? = nil) {
            self.job = job
            self.worker = worker
            self.redelivered = redelivered
            self.publication = publication
        }
    }

    /// A job that is somebody's until a time, whatever becomes of the program that took it: a person's at a bench, say. Its message is acknowledged after
    /// this event; it is in no queue then. The same once more with a later time renews it.
    public struct Claim: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// Which of the job's publications: messages about an earlier one are ignored.
        public let publication: Int
        /// The worker's name: whose it is.
        public let worker: String
        /// When its lease ends, in seconds since 1970. A planner by whose clock that is past hands the job out again.
        public let until: Double
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// The samples, where the job is a batch: those that have no result are claimed.
        public let samples: [Job.Sample]?
        /// A claim of `job` by `worker`.
        public init(
            job: JobID, publication: Int, worker: String, until: Double, parameters: Point? = nil,
            samples: [Job.Sample]? = nil
        ) {
            self.job = job
            self.publication = publication
            self.worker = worker
            self.until = until
            self.parameters = parameters
            self.samples = samples
        }
    }

    /// The progress of a measurement.
    public struct Progress: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// The completed fraction, 0 to 1, if known.
        public let fraction: Double?
        /// What is being done, as text.
        public let note: String?
        /// Values so far, by name, for people to see; the planner learns from the result alone.
        public let partial: [String: Double]?
        /// A step of `job` at `worker`.
        public init(
            job: JobID, worker: String, fraction: Double?, note: String?, partial: [String: Double]? = nil
        ) {
            self.job = job
            self.worker = worker
            self.fraction = fraction
            self.note = note
            self.partial = partial
        }
    }

    /// A measured job.
    public struct Measurement: Hashable, Encodable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name.
        public let worker: String
        /// The measured values by objective.
        public let values: [String: Double]
        /// When the worker began, in seconds since 1970 by its clock.
        public let began: Double
        /// When the worker ended.
        public let ended: Double
        /// The point that was measured: the job's, or what was really set. A planner that lost the job knows it from here.
        public let parameters: Point?
        /// The units of `values`, as far as the worker says: each must be the campaign's.
        public let units: [String: String]?
        /// Data too large for a message, by reference.
        public let attachments: [Attachment]?
        /// What it cost, in the campaign's unit of cost, where the worker says so.
        public let cost: Double?
        /// The values that are limits only, by objective.
        public let limits: [String: Limit]?
        /// The standard errors of the values, by objective, as far as the worker says.
        public let errors: [String: Double]?
        /// A measurement of `job` by `worker`.
        public init(
            job: JobID, worker: String, values: [String: Double], began: Double, ended: Double,
            parameters: Point? = nil, units: [String: String]? = nil, attachments: [Attachment]? = nil,
            cost: Double? = nil, limits: [String: Limit]? = nil, errors: [String: Double]? = nil
        ) {
            self.errors = errors
            self.limits = limits
            self.cost = cost
            self.units = units
            self.attachments = attachments
            self.job = job
            self.worker = worker
            self.values = values
            self.began = began
            self.ended = ended
            self.parameters = parameters
        }
    }

    /// A job that could not be measured, or was called failed by a planner or a person.
    public struct Failure: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker's name; where there was none, that of the publishing party.
        public let worker: String
        /// The reason, as text.
        public let reason: String
        /// When the worker began, in seconds since 1970 by its clock; 0 where a person gave the job up.
        public let began: Double
        /// When the worker ended.
        public let ended: Double
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// Why the instrument's result is none of the job, for programs; nil where it brought no result.
        public let error: Refusal.Details?
        /// Whether the point is at fault; nil where nobody says.
        public let kind: FailureKind?
        /// The samples, where the job is a batch: those that have no result have failed.
        public let samples: [Job.Sample]?
        /// A failure of `job` at `worker`.
        public init(
            job: JobID, worker: String, reason: String, began: Double, ended: Double, parameters: Point? = nil,
            error: Refusal.Details? = nil, kind: FailureKind? = nil, samples: [Job.Sample]? = nil
        ) {
            self.samples = samples
            self.error = error
            self.kind = kind
            self.job = job
            self.worker = worker
            self.reason = reason
            self.began = began
            self.ended = ended
            self.parameters = parameters
        }
    }

    /// A job that its worker does not measure: held for a person's decision, or returned.
    public struct Hold: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// Which of the job's publications: messages about an earlier one are ignored.
        public let publication: Int
        /// The party that holds or returns it.
        public let by: String
        /// The reason, as text.
        public let reason: String
        /// The job's point, for a planner that lost the job or never knew it.
        public let parameters: Point?
        /// The samples, where the job is a batch: those that have no result are held or returned.
        public let samples: [Job.Sample]?
        /// Whether it is returned because its worker was lost; nil is no.
        public let lost: Bool?
        /// A hold of `job` by a party.
        public init(
            job: JobID, publication: Int, by: String, reason: String, parameters: Point? = nil,
            samples: [Job.Sample]? = nil, lost: Bool? = nil
        ) {
            self.samples = samples
            self.lost = lost
            self.job = job
            self.publication = publication
            self.by = by
            self.reason = reason
            self.parameters = parameters
        }
    }

    /// An overdue measurement.
    public struct Overdue: Hashable, Codable, Sendable {
        /// The job.
        public let job: JobID
        /// The worker that began it.
        public let worker: String
        /// When, in seconds since 1970 by its clock.
        public let since: Double
        /// Why it is overdue, as text.
        public let reason: String
        /// An overdue measurement of `job` by `worker`.
        public init(job: JobID, worker: String, since: Double, reason: String) {
            self.job = job
            self.worker = worker
            self.since = since
            self.reason = reason
        }
    }
}
