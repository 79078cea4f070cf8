import Campaigns
import Subprocess
import Synchronization
import WorkerService

/// How a program's work on a job ended.
enum ProgramEnding: Sendable {
    /// By itself.
    case ended(TerminationStatus)
    /// It was ended, for a reason.
    case stopped(String)
}

extension ProgramDesk {
    /// How often a program's log is read for news of the measurement.
    private static let newsInterval = Duration.milliseconds(200)

    /// Waits for `run` to end, and reports the program's news meanwhile; looks `also` after something else from time to time. Ends it when it takes
    /// longer than `limit`, or prints without end. Throws what `run` throws, and `CancellationError`.
    func attend(
        limit: Duration?, _ report: @escaping @Sendable (MeasurementStep) -> Void,
        also look: @escaping @Sendable () -> Void = {},
        _ run: @escaping @Sendable () async throws -> ProgramEnding
    ) async throws -> ProgramEnding {
        let ending = try await withThrowingTaskGroup(of: ProgramEnding?.self) { group in
            group.addTask { try await run() }
            group.addTask { try await self.follow(report, look) }
            if let limit {
                group.addTask {
                    try await Task.sleep(for: limit)
                    return .stopped("took longer than its limit of \(limit)")
                }
            }
            // Leaving the group waits for the program's end.
            defer { group.cancelAll() }
            while let ending = try await group.next() { if let ending { return ending } }
            throw CancellationError()
        }
        try Task.checkCancellation()
        for step in news() { report(step) }
        return ending
    }

    /// Passes news on as they come, until it is cancelled; ends a program that never stops talking.
    private func follow(
        _ report: @Sendable (MeasurementStep) -> Void, _ look: @Sendable () -> Void
    ) async throws -> ProgramEnding? {
        while true {
            do { try await Task.sleep(for: Self.newsInterval) } catch { return nil }
            for step in news() { report(step) }
            look()
            if isFull { return .stopped("printed more than \(ProgramDesk.most >> 20) MiB") }
        }
    }
}

/// The first answer of a program, which shows whether it can be used at all: one that is missing, or answers with something that is no
/// result, would fail every job.
final class FirstAnswer: Sendable {
    private let worked = Mutex(false)

    /// Whether it gave a result.
    var hasWorked: Bool { worked.withLock(\.self) }

    /// It gave a result.
    func works() { worked.withLock { $0 = true } }

    /// What a failure of the program means: that it cannot be used, where it never gave a result.
    func error(for failure: MeasurementFailure) -> any Error {
        hasWorked ? failure : InstrumentUnusable(failure.reason)
    }

    /// The result of `job` that `read` returns. Throws ``InstrumentUnusable`` instead of a failure where the program is missing, or answers
    /// what is no result of the job, and never gave one before.
    func judge(_ job: Job, _ read: () throws -> MeasurementResult) throws -> MeasurementResult {
        let result = try judge(read)
        if let refusal = job.refusal(of: result) {
            guard hasWorked else { throw InstrumentUnusable("\(refusal)") }
            return result
        }
        works()
        return result
    }

    /// What `read` returns; where the program is missing or unreadable, throws what that means.
    private func judge<Value>(_ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let error as ProgramFailure {
            throw error.isMissing ? self.error(for: error.failure) : error.failure
        } catch let error as UnreadableAnswer {
            throw self.error(for: error.failure)
        }
    }

    /// Has a program measure a batch at a desk in `folder`: `run` runs it, and calls what it is given to look for answers; `requireEnd` throws where its
    /// end is a failure.
    func attend(
        batch: Job, in folder: String,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void,
        run: (ProgramDesk, _ look: @escaping @Sendable () -> Void) async throws -> ProgramEnding,
        requireEnd: (ProgramEnding, ProgramDesk) throws -> Void
    ) async throws {
        let desk = try ProgramDesk(batch, in: folder)
        defer { desk.clear() }
        let answers = BatchAnswers(to: batch, in: desk.answerFile, self, outcome: outcome)
        let ending = try await run(desk) { answers.take() }
        answers.take(atEnd: true)
        try judge { try requireEnd(ending, desk) }
        if let objection = answers.objection { throw error(for: MeasurementFailure(objection)) }
    }
}
