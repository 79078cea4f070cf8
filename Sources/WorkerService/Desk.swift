import Campaigns
import ServiceRuntime

/// The desk of one person: holds a job until it is answered or returned. A terminal is built on it; a web page claims its jobs (``Claimant``).
///
/// The desk is the instrument of a ``WorkerService``; so prefetch 1, the outbox and the acknowledgement are those of every worker, and a connection
/// that is lost meanwhile takes nothing off the desk.
public actor Desk: Instrument {
    /// A job on the desk.
    public struct Assignment: Hashable, Sendable {
        /// The job; of a batch, the sample that is next.
        public let job: Job
        /// The batch that it is a sample of; nil where it is none.
        public let batch: Job?
        /// Which of the desk's jobs it is; a job that comes twice is another one each time.
        let number: Int
    }

    /// Errors of a desk.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The job is not on the desk any more.
        case gone(JobID)
        /// What was answered is no result of the job.
        case refused(Refusal)
        /// No more jobs come.
        case closed

        public var description: String {
            switch self {
            case .gone(let job): "job \(job) is not on this desk any more: it was returned or answered"
            case .refused(let refusal): "\(refusal)"
            case .closed: "the desk is closed"
            }
        }
    }

    private enum Answer: Sendable {
        case result(MeasurementResult)
        case failure(MeasurementFailure)
        case failureOfBatch(MeasurementFailure)
        case giveBack(String)

        /// Whether it is said of all samples of a batch that have no result.
        var isOfBatch: Bool {
            switch self {
            case .result, .failure: false
            case .failureOfBatch, .giveBack: true
            }
        }
    }

    private var current: Assignment?
    private var batch: Job?
    private var taken = 0
    private var isClosed = false
    private var answers = Mailbox<Answer>()
    private var takers: [CheckedContinuation<Void, Never>] = []
    private var waitingForDisk: [JobID: CheckedContinuation<Void, any Error>] = [:]

    /// An empty desk.
    public init() {}

    /// The job on the desk, once there is one: the same one until it is answered or gone. Throws ``Problem/closed``, and
    /// `CancellationError`.
    public func nextAssignment() async throws -> Assignment {
        while current == nil {
            try Task.checkCancellation()
            guard !isClosed else { throw Problem.closed }
            await withTaskCancellationHandler {
                await withCheckedContinuation { takers.append($0) }
            } onCancel: {
                Task { await self.wake() }
            }
        }
        guard let current else { throw Problem.closed }
        return current
    }

    /// Answers with what was measured; it is kept, on this machine's disk or at the broker, when this returns. Throws ``Problem``: after an objection the job
    /// is still there.
    public func answer(_ assignment: Assignment, _ result: MeasurementResult) async throws {
        try require(assignment)
        if let refusal = assignment.job.refusal(of: result) { throw Problem.refused(refusal) }
        try await put(.result(result), assignment)
    }

    /// Says that the job cannot be measured, why, and whether its point is at fault; that is kept when this returns.
    public func fail(_ assignment: Assignment, reason: String, kind: FailureKind? = nil) async throws {
        try await put(.failure(MeasurementFailure(reason, kind: kind)), assignment)
    }

    /// Says that neither the job nor any other of its batch that has no result can be measured; that is kept when this returns.
    public func failBatch(_ assignment: Assignment, reason: String, kind: FailureKind? = nil) async throws {
        try await put(.failureOfBatch(MeasurementFailure(reason, kind: kind)), assignment)
    }

    /// Gives the job back for somebody else, with all others of its batch that have no result; that is kept when this returns.
    public func giveBack(_ assignment: Assignment, reason: String) async throws {
        try await put(.giveBack(reason), assignment)
    }

    /// No further job is handed out, and one that still comes is given back; one on the desk stays until it is answered.
    public func close() {
        isClosed = true
        wake()
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        if isClosed { throw JobReturned("the person has left the desk") }
        taken += 1
        let assignment = Assignment(job: job, batch: batch, number: taken)
        current = assignment
        answers = Mailbox()
        wake()
        let answers = answers
        let answer = await answers.next().first
        current = nil
        switch answer {
        case .result(let result): return result
        case .failure(let failure): throw failure
        case .failureOfBatch(let failure): throw job.batch == nil ? failure : BatchFailure(failure)
        case .giveBack(let reason): throw JobReturned(reason)
        case nil:
            for kept in [job.id, job.message] { settle(kept, .failure(Problem.gone(job.id))) }
            throw CancellationError()
        }
    }

    /// Lays the samples on the desk one after another.
    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        self.batch = batch
        defer { self.batch = nil }
        try await measureOneByOne(batch, report: report, outcome: outcome)
    }

    public func kept(_ job: JobID) async { settle(job, .success(())) }

    private func put(_ answer: Answer, _ assignment: Assignment) async throws {
        try require(assignment)
        // Answered once: a second answer finds the desk empty.
        current = nil
        let job = answer.isOfBatch ? assignment.job.message : assignment.job.id
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waitingForDisk[job] = continuation
                answers.send(answer)
            }
        } onCancel: {
            Task { await self.settle(job, .failure(CancellationError())) }
        }
    }

    private func settle(_ job: JobID, _ outcome: Result<Void, any Error>) {
        waitingForDisk.removeValue(forKey: job)?.resume(with: outcome)
    }

    private func require(_ assignment: Assignment) throws(Problem) {
        guard current == assignment else { throw .gone(assignment.job.id) }
    }

    private func wake() {
        for taker in takers { taker.resume() }
        takers = []
    }
}
