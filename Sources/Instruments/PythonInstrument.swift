import Campaigns
import Foundation
import ServiceRuntime
import Subprocess
import Synchronization
import WorkerService

/// A function in a file of Python that measures. It is called with the parameters by name, and returns a number, or a dictionary of the
/// values by objective.
///
/// Each worker has an interpreter of its own, which stays from job to job: imports, connections and calibrations are made once. One that
/// dies, or is ended for taking too long, is replaced at the next job.
public struct PythonInstrument: Instrument {
    private let file: String
    private let function: String
    private let limit: Duration?
    private let folder: String
    private let trial = FirstAnswer()
    private let idle = IdleInterpreters()

    /// Calls `function` of `file` by python3, at most for `limit`. What it prints is kept in `folder`, which is made if it is missing.
    public init(file: String, function: String, limit: Duration? = nil, keeping folder: String) throws {
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
        let desk = try ProgramDesk(job, in: folder)
        defer { desk.clear() }
        let interpreter = try idle.take() ?? PythonInterpreter(file: file, function: function)
        let ending: ProgramEnding
        do {
            ending = try await desk.attend(limit: limit, report) {
                .ended(try await interpreter.call(desk, ProgramQuestion(job).environment))
            }
        } catch {
            await interpreter.end()
            throw error
        }
        if case .ended = ending, interpreter.isAlive { idle.give(interpreter) } else { await interpreter.end() }
        return try trial.judge(job) {
            switch ending {
            case .stopped(let why): throw MeasurementFailure("the function \(why) and was ended\(desk.lastWords)")
            case .ended(PythonInterpreter.raised): throw MeasurementFailure("the function failed\(desk.lastWords)")
            case .ended(PythonInterpreter.unusable):
                throw UnreadableAnswer("the function cannot be called\(desk.lastWords)")
            case .ended(let status):
                guard status.isSuccess else { throw ProgramFailure(status, desk.lastWords) }
                return try ProgramAnswer(try desk.answer()).result.separatingCost(of: job)
            }
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
