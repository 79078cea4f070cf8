import Campaigns
import Foundation
import ServiceRuntime
import Subprocess
import SystemPackage
import WorkerService

/// A command line that measures, run by /bin/sh once for each job (docs/workers.md).
///
/// It gets the job as JSON on its standard input and in its environment, and answers with its values as one JSON object on its
/// standard output. An exit status other than 0, and an answer that is none, are failures with their reason. What it says on
/// its standard error is kept, a file a job; lines like `{"progress": 0.5, "note": "heating"}` are news of the measurement.
public struct ProgramInstrument: Instrument {
    private let command: String
    private let limit: Duration?
    private let directory: String?
    private let folder: String
    private let takesBatches: Bool
    private let trial = FirstAnswer()

    /// Runs `command`, once for a whole batch where it `takesBatches`, in `directory` (nil: this process's), at most for `limit`. What programs print is kept in `folder`, which is made if it is
    /// missing.
    public init(
        _ command: String, limit: Duration? = nil, takesBatches: Bool = false, in directory: String? = nil,
        keeping folder: String
    ) throws {
        self.takesBatches = takesBatches
        self.command = command
        self.directory = directory
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
        let ending = try await desk.attend(limit: limit, report) { .ended(try await run(job, desk)) }
        return try trial.judge(job) {
            try Self.requireSuccess(ending, desk)
            return try ProgramAnswer(try desk.answer()).result.separatingCost(of: job)
        }
    }

    public func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        guard takesBatches else { return try await measureOneByOne(batch, report: report, outcome: outcome) }
        try await trial.attend(batch: batch, in: folder, outcome: outcome) { desk, look in
            try await desk.attend(limit: limit, report, also: look) { .ended(try await run(batch, desk)) }
        } requireEnd: {
            try Self.requireSuccess($0, $1)
        }
    }

    /// Throws what an end without an answer means.
    private static func requireSuccess(_ ending: ProgramEnding, _ desk: ProgramDesk) throws {
        switch ending {
        case .stopped(let why): throw MeasurementFailure("the program \(why) and was ended\(desk.lastWords)")
        case .ended(let status): if !status.isSuccess { throw ProgramFailure(status, desk.lastWords) }
        }
    }

    private func run(_ job: Job, _ desk: ProgramDesk) async throws -> TerminationStatus {
        do {
            // Files, not pipes: nobody has to read, nothing breaks, and whatever the program leaves running holds nothing open.
            return try await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", command],
                environment: .ofProgram(with: ProgramQuestion(job).environment),
                workingDirectory: directory.flatMap { $0.isEmpty ? nil : FilePath($0) }, platformOptions: .program,
                input: .fileDescriptor(try desk.question(), closeAfterSpawningProcess: true),
                output: .fileDescriptor(try desk.output(), closeAfterSpawningProcess: true),
                error: .fileDescriptor(try desk.errors(), closeAfterSpawningProcess: true)
            ).terminationStatus
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw MeasurementFailure("the program could not be run: \(error)")
        }
    }
}

/// A program that ended with another status than 0.
struct ProgramFailure: Error {
    /// Whether /bin/sh did not find it, or may not run it.
    let isMissing: Bool
    let failure: MeasurementFailure

    init(_ status: TerminationStatus, _ lastWords: String) {
        isMissing = [.exited(126), .exited(127)].contains(status)
        failure = MeasurementFailure("the program ended with \(status.words)\(lastWords)")
    }
}

extension Environment {
    /// This process's environment and `variables`. A program is not told how to reach the broker.
    static func ofProgram(with variables: [String: String]) -> Environment {
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BURETTE_") }
        let all = inherited.merging(variables) { $1 }
        return .custom(Dictionary(uniqueKeysWithValues: all.map { (Key(stringLiteral: $0.key), $0.value) }))
    }
}

extension PlatformOptions {
    /// How programs are run: each in a process group of its own, so that what it starts ends with it.
    static var program: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(5)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
        ]
        return options
    }
}

extension TerminationStatus {
    /// The status as people call it.
    var words: String {
        switch self {
        case .exited(let code): "status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}
