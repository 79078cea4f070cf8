import Foundation
import Support
import Synchronization

/// The built program, run as its users run it.
final class Program: Sendable {
    private let process: Mutex<Process>
    private let output: Captured
    private let errors: Captured
    private let input: FileHandle?

    /// Starts `burette`, or another program, with arguments and further environment. Its standard input is a pipe if it `listens`.
    init(
        _ arguments: [String], environment: [String: String] = [:], program: String? = nil, listens: Bool = false,
        in folder: String? = nil
    ) throws {
        let process = Process()
        let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = program.map { URL(fileURLWithPath: $0) } ?? here.appendingPathComponent("burette")
        process.arguments = arguments
        var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BURETTE_") }
        all.merge(environment) { $1 }
        process.environment = all
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (out, err) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = err
        let typed = listens ? Pipe() : nil
        process.standardInput = typed ?? FileHandle.nullDevice
        input = typed?.fileHandleForWriting
        (output, errors) = (Captured(out), Captured(err))
        // A program inherits the signals that its parent's thread blocks, and the threads of tests block most.
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        self.process = Mutex(process)
    }

    /// Starts `burette` at a pseudo-terminal of its own; what it shows is its output, and ``type(_:)`` are the keys.
    static func atTerminal(
        _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
    ) throws -> Program {
        let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
        return try Program(
            ["-c", spawn, here.appendingPathComponent("burette").path] + arguments,
            environment: environment.merging(["TERM": "xterm"]) { $1 }, program: "/usr/bin/python3", listens: true,
            in: folder)
    }

    /// Presses keys; nobody reads them once the program has ended.
    func type(_ keys: String) throws {
        var (pipe, before) = (sigset_t(), sigset_t())
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        defer {
            // A signal that waits would end the tests.
            var now = timespec()
            while sigtimedwait(&pipe, nil, &now) == SIGPIPE {}
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        do { try input?.write(contentsOf: Data(keys.utf8)) } catch  where !isRunning {}
    }

    /// Everything that it has shown so far.
    var shown: String { output.text }

    /// What it did.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    var isRunning: Bool { process.withLock(\.isRunning) }
    var saidSoFar: String { errors.text }

    func signal(_ number: Int32) {
        let identifier = process.withLock(\.processIdentifier)
        kill(identifier, number)
    }

    /// Waits for its end; killed when it takes longer than some seconds.
    func outcome(within seconds: Double = 60) async throws -> Outcome {
        if !(await eventually(within: seconds) { !isRunning }) { signal(SIGKILL) }
        process.withLock { $0.waitUntilExit() }
        let status = process.withLock {
            $0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus
        }
        return Outcome(status: status, output: await output.whole(), errors: await errors.whole())
    }

    /// Runs it to its end.
    static func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await Program(arguments, environment: environment).outcome()
    }
}

/// What comes out of a pipe, as it comes.
private final class Captured: Sendable {
    private let state = Mutex((data: Data(), ended: false))

    init(_ pipe: Pipe) {
        let handle = pipe.fileHandleForReading
        let thread = Thread { [self] in
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                state.withLock { $0.data.append(data) }
            }
            state.withLock { $0.ended = true }
        }
        thread.start()
    }

    var text: String { state.withLock { String(decoding: $0.data, as: UTF8.self) } }

    func whole() async -> String {
        _ = await eventually(within: 5) { state.withLock(\.ended) }
        return text
    }
}

/// The reference campaign under a name of its own, in a folder of its own.
struct Workplace: Sendable {
    let folder: String
    let name: String
    var file: String { "\(folder)/campaign.yaml" }
    var environment: [String: String] {
        var environment = ["BURETTE_DATA": "\(folder)/data"]
        if let uri = TestBroker.uri { environment["BURETTE_BROKER"] = uri }
        return environment
    }

    static func with(_ edit: (String) -> String = { $0 }, _ body: (Workplace) async throws -> Void) async throws {
        try await withFolder { folder in
            let workplace = Workplace(folder: folder, name: try freshName("e2e").rawValue)
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let text = try String(contentsOf: root.appendingPathComponent("examples/branin.yaml"), encoding: .utf8)
            try edit(text.replacingOccurrences(of: "branin-demo", with: workplace.name))
                .write(toFile: workplace.file, atomically: true, encoding: .utf8)
            try await body(workplace)
        }
    }

    /// `burette report NAME --json`, from the ledger; empty while there is none.
    func report() async throws -> [String: any Sendable] {
        let outcome = try await Program.run("report", name, "--json", environment: ["BURETTE_DATA": "\(folder)/data"])
        guard outcome.status == 0 else { return [:] }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: any Sendable]
        return object ?? [:]
    }
}
