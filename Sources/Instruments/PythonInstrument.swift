import Campaigns
import Foundation
import ServiceRuntime
import Subprocess
import Synchronization
import WorkerService

/// A function in a file of Python that measures. It is called with the parameters by name, and returns a number, or a dictionary of the
/// values by objective. One that takes batches is called with a list of points, and returns a list of such results, or yields them as they come.
///
/// Each worker has an interpreter of its own, which stays from job to job: imports, connections and calibrations are made once. One that
/// dies, or is ended for taking too long, is replaced at the next job.
public struct PythonInstrument: Instrument {
    private let file: String
    private let function: String
    private let limit: Duration?
    private let folder: String
    private let takesBatches: Bool
    private let trial = FirstAnswer()
    private let idle = IdleInterpreters()

    /// Calls `function` of `file` by python3, once for a whole batch where it `takesBatches`, at most for `limit`. What it prints is kept in `folder`, which is made if it is missing.
    public init(
        file: String, function: String, limit: Duration? = nil, takesBatches: Bool = false, keeping folder: String
    ) throws {
        self.takesBatches = takesBatches
        self.file = file
        self.function = function
        self.limit = limit
        self.folder = folder
        try FileError.makingFolder(folder)
        ProgramDesk.sweep(folder)
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        guard !takesBatches else { return try await measureAsBatch(job, report: report) }
        let desk = try ProgramDesk(job, in: folder)
        defer { desk.clear() }
        let ending = try await call(desk, ProgramQuestion(job), report) {}
        return try trial.judge(job) {
            try Self.requireAnswer(ending, desk)
            return try ProgramAnswer(try desk.answer()).result.separatingCost(of: job)
        }
    }

    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        guard takesBatches else { return try await measureOneByOne(batch, report: report, outcome: outcome) }
        try await trial.attend(batch: batch, in: folder, outcome: outcome) { desk, look in
            try await call(desk, ProgramQuestion(batch), report, also: look)
        } requireEnd: {
            try Self.requireAnswer($0, $1)
        }
    }

    private func call(
        _ desk: ProgramDesk, _ question: ProgramQuestion, _ report: @escaping @Sendable (MeasurementStep) -> Void,
        also look: @escaping @Sendable () -> Void
    ) async throws -> ProgramEnding {
        let interpreter =
            try idle.take() ?? PythonInterpreter(file: file, function: function, takesBatches: takesBatches)
        let ending: ProgramEnding
        do {
            ending = try await desk.attend(limit: limit, report, also: look) {
                .ended(try await interpreter.call(desk, question.environment))
            }
        } catch {
            await interpreter.end()
            throw error
        }
        if case .ended = ending, interpreter.isAlive { idle.give(interpreter) } else { await interpreter.end() }
        return ending
    }

    /// Throws what a call that ended without an answer means.
    private static func requireAnswer(_ ending: ProgramEnding, _ desk: ProgramDesk) throws {
        switch ending {
        case .stopped(let why): throw MeasurementFailure("the function \(why) and was ended\(desk.lastWords)")
        case .ended(PythonInterpreter.raised): throw MeasurementFailure("the function failed\(desk.lastWords)")
        case .ended(PythonInterpreter.unusable):
            throw UnreadableAnswer("the function cannot be called\(desk.lastWords)")
        case .ended(let status): if !status.isSuccess { throw ProgramFailure(status, desk.lastWords) }
        }
    }
}

/// The interpreters that wait for a job. They end with the last reference to them.
private final class IdleInterpreters: Sendable {
    private let waiting = Mutex<[PythonInterpreter]>([])

    func take() -> PythonInterpreter? {
        waiting.withLock { waiting in
            waiting.removeAll { !$0.isAlive }
            return waiting.popLast()
        }
    }

    func give(_ interpreter: PythonInterpreter) { waiting.withLock { $0.append(interpreter) } }
}
