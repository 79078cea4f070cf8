import Campaigns
import Execution
import Foundation
import Subprocess
import Synchronization

/// A program that measures: any command line, once for each job (docs/workers.md).
///
/// It gets the job as JSON on its standard input and in its environment, and answers with its values as one JSON object on its
/// standard output. An exit status other than 0, and an answer that is none, are failures with their reason. What it says on
/// its standard error is kept, a file a job; lines like `{"progress": 0.5, "note": "heating"}` are news of the measurement.
public struct ProgramInstrument: Instrument {
    private let program: Program
    private let limit: Duration?
    private let folder: String
    /// How much of an answer is read, in bytes.
    private static let largest = 1 << 20
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
        // A program need not read its question; writing it to one that has ended must not end this process.
        signal(SIGPIPE, SIG_IGN)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError.unwritable(path: folder, reason: "the folder cannot be made")
        }
    }

    public func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> [String: Double] {
        let words = ProgramWords(path: "\(folder)/\(job.id.fileName).log", report: report)
        let ending = try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { try await run(job, words) }
            if let limit {
                group.addTask {
                    try await Task.sleep(for: limit)
                    return .tooLong(limit)
                }
            }
            defer { group.cancelAll() }
            // Leaving the group waits for the program's end.
            return try await group.next() ?? .tooLong(.zero)
        }
        try Task.checkCancellation()
        switch ending {
        case .tooLong(let limit):
            throw MeasurementFailure("the program took longer than its limit of \(limit) and was ended\(words.last)")
        case .ended(let status, let output):
            guard status.isSuccess else {
                throw MeasurementFailure("the program ended with \(status.inWords)\(words.last)")
            }
            return try ProgramAnswer(output).values
        }
    }

    private enum Ending: Sendable {
        case ended(TerminationStatus, output: String)
        case tooLong(Duration)
    }

    private func run(_ job: Job, _ words: ProgramWords) async throws -> Ending {
        let question = ProgramQuestion(job)
        // A program is not told how to reach the broker.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BURETTE_") }
        let environment = inherited.merging(question.environment) { $1 }
        var options = PlatformOptions()
        // A group of its own: what the program starts ends with it.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.patience),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
        ]
        let text = String(decoding: try JSONEncoder.oneLine.encode(question), as: UTF8.self)
        do {
            let result = try await Subprocess.run(
                program.executable, arguments: Arguments(program.arguments),
                environment: .custom(
                    Dictionary(
                        uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
                platformOptions: options, input: .string(text + "\n"), output: .string(limit: Self.largest),
                error: .sequence
            ) { execution in
                for try await line in execution.standardError.strings() { words.take(line) }
            }
            return .ended(result.terminationStatus, output: result.standardOutput)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw MeasurementFailure("the program could not be run, or printed too much: \(error)")
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

/// What a program says on its standard error, as it comes.
private final class ProgramWords: Sendable {
    private let report: @Sendable (MeasurementStep) -> Void
    private let state: Mutex<(last: String, file: FileHandle?)>
    /// Of a program that never stops talking not everything is kept.
    private static let largest: UInt64 = 10 << 20

    init(path: String, report: @escaping @Sendable (MeasurementStep) -> Void) {
        self.report = report
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        state = Mutex(("", FileHandle(forWritingAtPath: path)))
    }

    private struct News: Decodable {
        var progress: Double?
        var note: String?
    }

    func take(_ line: String) {
        if line.hasPrefix("{"), let news = try? JSONDecoder().decode(News.self, from: Data(line.utf8)) {
            return report(
                MeasurementStep(
                    fraction: news.progress.map { min(1, max(0, $0)) }, note: news.note.map { String($0.prefix(200)) }))
        }
        state.withLock { state in
            if !line.allSatisfy(\.isWhitespace) { state.last = line }
            guard let file = state.file, (try? file.offset()) ?? 0 < Self.largest else { return }
            try? file.write(contentsOf: Data((line + "\n").utf8))
        }
    }

    /// The last line, for the reason of a failure.
    var last: String { state.withLock { $0.last.isEmpty ? "" : ": \($0.last.prefix(300))" } }
}

extension TerminationStatus {
    fileprivate var inWords: String {
        switch self {
        case .exited(let code): "status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}

extension JobID {
    /// The id as the name of a file: ids come over the wire.
    fileprivate var fileName: String {
        String(rawValue.prefix(100).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
    }
}
