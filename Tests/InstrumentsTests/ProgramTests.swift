import Campaigns
import Foundation
import Instruments
import Support
import Synchronization
import Testing
import WorkerService

@Suite("A program as an instrument", .timeLimit(.minutes(5)))
struct ProgramTests {
    @Test("gets the job on its standard input and in its environment, and answers in JSON")
    func answers() async throws {
        let script = """
            read -r job
            echo "$job" | grep -q '"parameters":{"solvent":"THF","x0":1.5}' || exit 7
            [ "$BURETTE_SOLVENT" = THF ] && [ "$BURETTE_OBJECTIVES" = branin ] && [ -n "$BURETTE_JOB" ] || exit 8
            [ -z "$BURETTE_BROKER$BURETTE_PASSWORD" ] || exit 9
            echo "{\\"branin\\": $BURETTE_X0}"
            """
        #expect(try await Self.measure(.shell(script)).result == ["branin": 1.5])
    }

    @Test("tells how far it has come by lines of JSON on its standard error; the rest of these is kept")
    func progress() async throws {
        let script = """
            echo 'lamp on' >&2; echo '{"progress": 0.5, "note": "heating"}' >&2; echo '{"progress": 7}' >&2; echo '{"values": {"branin": 0.7}}' >&2; echo '{"branin": 1}'
            """
        let outcome = try await Self.measure(.shell(script))
        #expect(
            outcome.steps == [
                .init(fraction: 0.5, note: "heating"), .init(fraction: 1), .init(partial: ["branin": 0.7]),
            ])
        #expect(outcome.kept.hasPrefix("lamp on\n"))
    }

    @Test("may name the units of its values, and files that it leaves by reference, with their checksums")
    func attachments() async throws {
        try await withFolder { folder in
            let script = """
                printf test >'\(folder)/a spectrum.csv'
                echo '{"branin": 1, "units": {"branin": "g"}, "attachments": ["\(folder)/a spectrum.csv", {"url": "s3://x/y", "sha256": "\(String(repeating: "ab", count: 32))"}]}'
                """
            let result = try await Self.measure(.shell(script)).result
            #expect(result.values == ["branin": 1] && result.units == ["branin": "g"])
            let file = try #require(result.attachments.first)
            #expect(file.url.hasPrefix("file://") && file.url.hasSuffix("/a%20spectrum.csv") && file.bytes == 4)
            #expect(file.sha256 == "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
            #expect(result.attachments[1] == Attachment(url: "s3://x/y", sha256: String(repeating: "ab", count: 32)))
        }
    }

    @Test(
        "fails with the reason when it is wrong",
        arguments: [
            ("echo garbage", "printed no JSON object, but \"garbage\""), ("true", "printed no result"),
            ("echo '{\"branin\": 1}'; echo '{\"branin\": 2}'", "printed 2 results instead of one"),
            ("echo '{\"branin\": \"1,5\"}'", "\"branin\" is the text \"1,5\", not a number"),
            ("echo '{\"branin\": true}'", "\"branin\" is no number"), ("echo '[1]'", "printed no JSON object"),
            ("echo '{\"branin\": 1e999}'", "\"branin\" is no number"),
            (
                "echo '{\"branin\": 1, \"attachments\": [\"no-such-file\"]}'",
                "the attachment no-such-file cannot be read"
            ),
            ("echo '{\"branin\": 1, \"units\": \"g\"}'", "\"units\" is the text \"g\", not a number"),
            ("echo '{\"failed\": \"the needle is bent\"}'", "the needle is bent"),
            (
                "echo '{\"failed\": \"it clogged\", \"kind\": \"unfeasible\"}'",
                "the program failed (it clogged), and the kind of the failure is neither infeasible nor accident"
            ),
            ("echo 'out of paper' >&2; exit 3", "ended with status 3: out of paper"),
            ("kill -SEGV $$", "ended with signal 11"), ("no-such-program", "ended with status 127"),
            ("head -c 3000000 /dev/zero", "too much for a result"),
        ])
    func wrong(script: String, reason: String) async throws {
        await #expect {
            _ = try await Self.measure(.shell(script))
        } throws: {
            "\($0)".contains(reason)
        }
    }

    @Test(
        "that is missing, or answers what is no result, is unusable at its first job, and fails a later one",
        arguments: [
            "no-such-program", "echo garbage", "true", "echo '{\"wrong\": 1}'", "echo '{\"branin\": \"1,5\"}'",
            "echo '{}'",
        ])
    func unusable(script: String) async throws {
        await #expect(throws: InstrumentUnusable.self) { _ = try await Self.measure(.shell(script)) }
        try await withFolder { folder in
            let instrument = try ProgramInstrument(
                "if [ -e '\(folder)/once' ]; then \(script); else touch '\(folder)/once'; echo '{\"branin\": 1}'; fi",
                keeping: "\(folder)/kept")
            #expect(try await instrument.measure(Self.job) { _ in }.values == ["branin": 1])
            do {
                let result = try await instrument.measure(Self.job) { _ in }
                #expect(Self.job.refusal(of: result) != nil, "its worker sees that it is none")
            } catch {
                #expect(error is MeasurementFailure, "\(error)")
            }
        }
    }

    @Test(
        "that fails with a reason of its own is usable",
        arguments: ["echo broken >&2; exit 3", "echo '{\"failed\": \"bent\"}'"])
    func usable(script: String) async throws {
        await #expect(throws: MeasurementFailure.self) { _ = try await Self.measure(.shell(script)) }
    }

    @Test("may say what it really set, where that is not what was asked for")
    func otherParameters() async throws {
        let result = try await Self.measure(
            .shell("echo '{\"branin\": 1, \"parameters\": {\"x0\": 1.52, \"solvent\": \"water\"}}'")
        ).result
        #expect(result.parameters == ["x0": .number(1.52), "solvent": .option("water")])
    }

    @Test("that never ends is ended at its limit, with all that it started, even if it does not listen to SIGTERM")
    func neverEnds() async throws {
        try await withFolder { folder in
            let script =
                "trap '' TERM; (trap '' TERM; sleep 30; touch '\(folder)/survived') & echo $! >'\(folder)/child'; wait; sleep 30"
            let failure = await #expect(throws: MeasurementFailure.self) {
                _ = try await Self.measure(.shell(script), limit: .milliseconds(300))
            }
            #expect(failure?.reason.contains("took longer than its limit") == true, "\(failure?.reason ?? "")")
            let child = try String(contentsOfFile: "\(folder)/child", encoding: .utf8).trimmingCharacters(in: .newlines)
            let number = try #require(Int32(child))
            #expect(await eventually(within: 5) { kill(number, 0) != 0 }, "what it had started is gone too")
        }
    }

    @Test("is ended when the worker lets go, and no failure is said of it")
    func letsGo() async throws {
        let measuring = Task { try await Self.measure(.shell("sleep 30")) }
        try await Task.sleep(for: .milliseconds(200))
        measuring.cancel()
        await #expect(throws: CancellationError.self) { _ = try await measuring.value }
    }

    @Test("may be a function in a file of Python, which may print what it likes")
    func python() async throws {
        try await withFolder { folder in
            let file = "\(folder)/measure.py"
            try """
            import json, sys
            def measure(x0, solvent):
                print("a word of my own")
                print(json.dumps({"progress": 0.25}), file=sys.stderr)
                return x0 * (2 if solvent == "THF" else 1)
            def both(x0, solvent): return {"branin": x0}
            def broken(x0, solvent): raise ValueError("the lamp is off")
            def text(x0, solvent): return "1,5"
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let outcome = try await Self.measure(.python(file: file, function: "measure"))
            #expect(outcome.result == ["branin": 3] && outcome.steps == [.init(fraction: 0.25)])
            #expect(outcome.kept.contains("a word of my own\n"))
            #expect(try await Self.measure(.python(file: file, function: "both")).result == ["branin": 1.5])
            for (function, reason) in [
                ("broken", "ValueError: the lamp is off"), ("text", "could not convert string to float"),
                ("missing", "has no attribute 'missing'"),
            ] {
                await #expect {
                    _ = try await Self.measure(.python(file: file, function: function))
                } throws: {
                    "\($0)".contains(reason)
                }
            }
        }
    }

    @Test(
        "in Python keeps its interpreter over jobs, one for each that is measured at once, and gets a new one where it died"
    )
    func interpreterStays() async throws {
        try await withFolder { folder in
            let file = "\(folder)/measure.py"
            try """
            import os, time
            calls = 0
            def measure(x0, solvent):
                global calls
                calls += 1
                if os.path.exists("\(folder)/die"): os._exit(9)
                if os.path.exists("\(folder)/hang"): time.sleep(60)
                time.sleep(0.05)
                return {"branin": os.getpid() * 1000 + calls}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let patient = try PythonInstrument(file: file, function: "measure", keeping: "\(folder)/kept")
            let hasty = try PythonInstrument(
                file: file, function: "measure", limit: .seconds(1), keeping: "\(folder)/kept")
            func call(_ number: Int, _ instrument: PythonInstrument? = nil) async throws -> (process: Int, calls: Int) {
                let job = Job(
                    id: JobID("000\(number)-abc"), parameters: Self.job.parameters, objectives: ["branin"],
                    origin: .planned)
                let value = Int(try await (instrument ?? patient).measure(job) { _ in }.values["branin"] ?? 0)
                return (value / 1000, value % 1000)
            }
            let (first, second) = (try await call(1), try await call(2))
            #expect(first.process == second.process && second.calls == 2)
            async let one = call(3)
            async let other = call(4)
            let both = (try await one, try await other)
            #expect(both.0.process != both.1.process)
            _ = FileManager.default.createFile(atPath: "\(folder)/die", contents: nil)
            for _ in [both.0, both.1] {
                await #expect {
                    _ = try await call(5)
                } throws: {
                    "\($0)".contains("ended with status 9")
                }
            }
            try FileManager.default.removeItem(atPath: "\(folder)/die")
            let again = try await call(5)
            #expect(again.calls == 1, "a new interpreter")
            _ = FileManager.default.createFile(atPath: "\(folder)/hang", contents: nil)
            await #expect {
                _ = try await call(6, hasty)
            } throws: {
                "\($0)".contains("took longer than its limit")
            }
            try FileManager.default.removeItem(atPath: "\(folder)/hang")
            // Where a machine needs more than the limit to start python3, that interpreter is ended, too.
            #expect(await eventually(within: 10) { (try? await call(7, hasty))?.calls == 1 }, "a new interpreter")
        }
    }

    @Test("measures a job twice at the same time, as after a lost link, without mixing the answers")
    func twice() async throws {
        try await withFolder { folder in
            let file = "\(folder)/measure.py"
            try "import time\ndef measure(x0, solvent):\n  time.sleep(0.3)\n  return 3\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            // Each waits for the other one, and so both are there at the same time.
            func meeting(_ value: Int) throws -> ProgramInstrument {
                try ProgramInstrument(
                    "touch '\(folder)/\(value)'; until [ -e '\(folder)/\(3 - value)' ]; do sleep 0.01; done; echo \(value) >&2; echo '{\"branin\": \(value)}'",
                    keeping: folder)
            }
            async let first = meeting(1).measure(Self.job) { _ in }
            async let second = meeting(2).measure(Self.job) { _ in }
            async let third = PythonInstrument(file: file, function: "measure", keeping: folder).measure(Self.job) {
                _ in
            }
            #expect(try await [first.values, second.values, third.values] == [1, 2, 3].map { ["branin": $0] })
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).contains("0001-abc.log"))
        }
    }

    @Test("clears what a killed process left, and keeps what its program said")
    func leftovers() async throws {
        try await withFolder { folder in
            for (suffix, text) in [("question", "{}"), ("answer", "{\"branin\": 7}"), ("log", "lamp on\n")] {
                try text.write(toFile: "\(folder)/0001-abc.5ca1ab1e.\(suffix)", atomically: true, encoding: .utf8)
            }
            _ = try ProgramInstrument("true", keeping: folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["0001-abc.log"])
        }
    }

    enum Program {
        case shell(String)
        case python(file: String, function: String)
    }

    private static let job = Job(
        id: JobID("0001-abc"), parameters: ["x0": .number(1.5), "solvent": .option("THF")], objectives: ["branin"],
        origin: .planned)

    static func measure(
        _ program: Program, limit: Duration? = nil
    ) async throws -> (result: MeasurementResult, steps: [MeasurementStep], kept: String) {
        try await withFolder { folder in
            let steps = Mutex<[MeasurementStep]>([])
            let instrument: any Instrument =
                switch program {
                case .shell(let command): try ProgramInstrument(command, limit: limit, keeping: folder)
                case .python(let file, let function):
                    try PythonInstrument(file: file, function: function, limit: limit, keeping: folder)
                }
            let result = try await instrument.measure(job) { step in steps.withLock { $0.append(step) } }
            let kept = (try? String(contentsOfFile: "\(folder)/0001-abc.log", encoding: .utf8)) ?? ""
            return (result, steps.withLock { $0 }, kept)
        }
    }
}
