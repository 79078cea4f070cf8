import Foundation
import ServiceRuntime
import Subprocess
import Synchronization
import SystemPackage
import WorkerService

/// A running python3 that calls one function again and again. Each call is one line of JSON on its standard input, the paths of a desk's
/// files, and one line on its standard output, the status; whatever the function prints goes into the desk's log.
final class PythonInterpreter: Sendable {
    /// The status of a call whose function raised an exception.
    static let raised = TerminationStatus.exited(1)
    /// The status of a call whose function could not be loaded, or returned what is no result.
    static let unusable = TerminationStatus.exited(2)

    private enum Message: Sendable {
        case output(Data)
        case ended(TerminationStatus?)
    }

    private let input: FileHandle
    private let output: FileHandle
    private let mailbox = Mailbox<Message>()
    private let process: Task<TerminationStatus?, Never>
    private let state = Mutex((isAlive: true, rest: Data()))

    /// Starts python3, for a function that may take whole batches. Throws where no pipe can be made.
    init(file: String, function: String, takesBatches: Bool) throws {
        let (questions, answers) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
        // No other child may keep them open: the interpreter has to see the end of its input.
        for end in [questions.writeEnd, answers.readEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        input = FileHandle(fileDescriptor: questions.writeEnd.rawValue, closeOnDealloc: true)
        output = FileHandle(fileDescriptor: answers.readEnd.rawValue, closeOnDealloc: true)
        let (read, write) = (questions.readEnd, answers.writeEnd)
        let mailbox = mailbox
        process = Task {
            let status = try? await Subprocess.run(
                .name("python3"), arguments: ["-u", "-c", Self.runner, file, function, takesBatches ? "batch" : ""],
                environment: .ofProgram(with: [:]), platformOptions: .program,
                input: .fileDescriptor(read, closeAfterSpawningProcess: true),
                output: .fileDescriptor(write, closeAfterSpawningProcess: true), error: .discarded
            ).terminationStatus
            mailbox.send(.ended(status))
            return status
        }
        output.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { mailbox.send(.output(data)) }
        }
    }

    deinit {
        output.readabilityHandler = nil
        process.cancel()
    }

    /// Whether it waits for calls.
    var isAlive: Bool { state.withLock(\.isAlive) }

    /// Calls the function for the job on a desk, and returns its status; where the interpreter has died, its own. Throws
    /// ``MeasurementFailure`` where python3 could not be started, and `CancellationError`.
    func call(_ desk: ProgramDesk, _ variables: [String: String]) async throws -> TerminationStatus {
        let line = try JSONEncoder().encode(Call(paths: desk.paths, variables: variables)) + Data("\n".utf8)
        do { try input.write(contentsOf: line) } catch { return try await ended() }
        while true {
            let messages = await mailbox.next()
            try Task.checkCancellation()
            for message in messages {
                switch message {
                case .output(let data):
                    if let status = state.withLock({ Self.status($0.rest.isEmpty ? data : $0.rest + data, &$0.rest) }) {
                        return .exited(status)
                    }
                case .ended: return try await ended()
                }
            }
        }
    }

    /// Ends the process, and waits for its end.
    func end() async {
        state.withLock { $0.isAlive = false }
        process.cancel()
        _ = await process.value
    }

    private func ended() async throws -> TerminationStatus {
        state.withLock { $0.isAlive = false }
        guard let status = await process.value else { throw InstrumentUnusable("python3 cannot be started") }
        return status.isSuccess ? .exited(70) : status
    }

    /// The number in the first whole line of some data; `rest` is what stands behind it.
    private static func status(_ data: Data, _ rest: inout Data) -> Int32? {
        guard let end = data.firstIndex(of: 0x0A) else {
            rest = data
            return nil
        }
        rest = Data(data[data.index(after: end)...])
        return Int32(String(decoding: data[..<end], as: UTF8.self)) ?? 70
    }

    private struct Call: Encodable {
        let paths: [String: String]
        let variables: [String: String]
    }

    /// Loads the file at the first call, and again as long as that fails; then calls the function for each line.
    private static let runner = """
        import importlib.util, json, os, sys, traceback
        calls, status = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        path, name, takes_batches = sys.argv[1], sys.argv[2], sys.argv[3] == "batch"
        sys.argv = [path]
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        function = None
        def plain(result, objectives):
            if not isinstance(result, dict):
                if len(objectives) != 1:
                    raise TypeError("the function must return a dictionary: there are several objectives")
                result = {objectives[0]: float(result)}
            plain = lambda value: value if isinstance(value, (str, list, dict)) else float(value)
            return {key: plain(value) for key, value in result.items()}
        def samples(results, question):
            for number, result in enumerate(results, 1):
                if isinstance(result, Exception): result = {"failed": f"{type(result).__name__}: {result}"}
                place = {"sample": int(result.pop("sample"))} if isinstance(result, dict) and "sample" in result else {"sample": number}
                yield {**plain(result, question["objectives"]), **place}
        for line in calls:
            call = json.loads(line)
            log = os.open(call["paths"]["log"], os.O_WRONLY | os.O_APPEND)
            os.dup2(log, 1), os.dup2(log, 2), os.close(log)
            for key in [key for key in os.environ if key.startswith("BURETTE_")]: del os.environ[key]
            os.environ.update(call["variables"])
            with open(call["paths"]["question"]) as file: question = json.load(file)
            outcome = 2
            try:
                if function is None:
                    spec = importlib.util.spec_from_file_location("measure", path)
                    module = importlib.util.module_from_spec(spec)
                    sys.modules["measure"] = module
                    spec.loader.exec_module(module)
                    function = getattr(module, name)
                outcome = 1
                if takes_batches:
                    results = function([sample["parameters"] for sample in question["samples"]])
                    with open(call["paths"]["answer"], "w") as file:
                        for answer in samples(results, question): print(json.dumps(answer), file=file, flush=True)
                else:
                    result = function(**question["parameters"])
                    outcome = 2
                    with open(call["paths"]["answer"], "w") as file: json.dump(plain(result, question["objectives"]), file)
                outcome = 0
            except SystemExit as error:
                print(f"SystemExit: {error}", file=sys.stderr)
            except Exception:
                traceback.print_exc()
            sys.stdout.flush(), sys.stderr.flush()
            print(outcome, file=status)
        """
}
