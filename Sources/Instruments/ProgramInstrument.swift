import Campaigns
import Foundation
import ServiceRuntime
import Subprocess
import SystemPackage
import WorkerService

/// A program that measures: any command line, once for each job (docs/workers.md).
///
/// It gets the job as JSON on its standard input and in its environment, and answers with its values as one JSON object on its
/// standard output. An exit status other than 0, and an answer that is none, are failures with their reason. What it says on
/// its standard error is kept, a file a job; lines like `{"progress": 0.5, "note": "heating"}` are news of the measurement.
public struct ProgramInstrument: Instrument {
    private let program: Program
    private let limit: Duration?
    private let folder: String
    /// How long a program may take to end after SIGTERM.
    private static let patience = Duration.seconds(5)

    /// What is run.
    public enum Program: Sendable, Hashable {
        /// A command line, by /bin/sh.
        case shell(String)
        /// A function in a file of Python, by python3. It is called with the parameters by name, and returns a number, or a
        /// dictionary of the values by objective.
        case python(file: String, function: String)
    }

    /// Runs `program`, at most for `limit`. What programs say is kept in `folder`, which is made if it is missing.
    public init(_ program: Program, limit: Duration? = nil, keeping folder: String) throws {
        self.program = program
        self.limit = limit
        self.folder = folder
        try FileError.makingFolder(folder)
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        let desk = try ProgramDesk(job, in: folder)
        defer { desk.clear() }
        let ending = try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask { try await run(job, desk) }
            group.addTask { try await follow(desk, report) }
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
        switch ending {
        case .stopped(let why): throw MeasurementFailure("the program \(why) and was ended\(desk.lastWords)")
        case .ended(let status):
            for step in desk.news() { report(step) }
            guard status.isSuccess else {
                throw MeasurementFailure("the program ended with \(status.description)\(desk.lastWords)")
            }
            return try ProgramAnswer(try desk.answer()).result
        }
    }

    private enum Ending: Sendable {
        case ended(TerminationStatus)
        case stopped(String)
    }

    /// Passes the news on as they come, until the program has ended; ends one that never stops talking.
    private func follow(_ desk: ProgramDesk, _ report: @Sendable (MeasurementStep) -> Void) async throws -> Ending? {
        while true {
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return nil }
            for step in desk.news() { report(step) }
            if desk.isFull { return .stopped("printed more than \(ProgramDesk.most >> 20) MiB") }
        }
    }

    private func run(_ job: Job, _ desk: ProgramDesk) async throws -> Ending? {
        // A program is not told how to reach the broker.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BURETTE_") }
        let environment = inherited.merging(ProgramQuestion(job).environment) { $1 }
        var options = PlatformOptions()
        // A group of its own: what the program starts ends with it.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.patience),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
        ]
        do {
            // Files, not pipes: nobody has to read, nothing breaks, and whatever the program leaves running holds nothing open.
            let result = try await Subprocess.run(
                program.executable, arguments: Arguments(program.arguments),
                environment: .custom(
                    Dictionary(
                        uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
                platformOptions: options,
                input: .fileDescriptor(try desk.question(), closeAfterSpawningProcess: true),
                output: .fileDescriptor(try desk.output(), closeAfterSpawningProcess: true),
                error: .fileDescriptor(try desk.errors(), closeAfterSpawningProcess: true))
            return .ended(result.terminationStatus)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw MeasurementFailure("the program could not be run: \(error)")
        }
    }
}

extension ProgramInstrument.Program {
    fileprivate var executable: Executable {
        switch self {
        case .shell: .path("/bin/sh")
        case .python: .name("python3")
        }
    }

    fileprivate var arguments: [String] {
        switch self {
        case .shell(let command): ["-c", command]
        case .python(let file, let function): ["-c", Self.runner, file, function]
        }
    }

    /// Calls the function; whatever it prints goes to the standard error, so that only the result is on the standard output.
    private static let runner = """
        import importlib.util, json, os, sys
        question, output = json.load(sys.stdin), os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[1])))
        spec = importlib.util.spec_from_file_location("measure", sys.argv[1])
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        result = getattr(module, sys.argv[2])(**question["parameters"])
        if not isinstance(result, dict):
            if len(question["objectives"]) != 1:
                sys.exit("the function must return a dictionary: there are several objectives")
            result = {question["objectives"][0]: float(result)}
        json.dump({name: value if isinstance(value, str) else float(value) for name, value in result.items()}, output)
        output.flush()
        """
}

extension TerminationStatus {
    fileprivate var description: String {
        switch self {
        case .exited(let code): "status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}
