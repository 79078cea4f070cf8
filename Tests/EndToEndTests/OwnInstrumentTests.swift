import Campaigns
import EventStore
import Foundation
import Support
import Testing

/// `burette run` with one's own instrument: a script, a Python function, a person, several at once.
@Suite("burette run with one's own instrument", .timeLimit(.minutes(5)))
struct OwnInstrumentTests {
    /// A campaign of one parameter with some `instrument:` lines, and a script beside it.
    private func withCampaign(
        _ instrument: String, measurements: Int = 8, _ body: (_ place: Workplace) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let place = Workplace(folder: folder, name: try freshName("own").rawValue)
            try """
            campaign: \(place.name)
            parameters: [{name: x, type: continuous, low: 0, high: 10}]
            objectives: [{name: y, goal: minimize}]
            budget: {measurements: \(measurements)}
            \(instrument)
            """.write(toFile: place.file, atomically: true, encoding: .utf8)
            let script = "\(folder)/measure.sh"
            try """
            #!/bin/sh
            sleep ${SLEEP:-0.02}
            echo "$BURETTE_JOB" >> "$(dirname "$0")/measured"
            echo "{\\"y\\": $BURETTE_X}"
            """.write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            try """
            calls = 0
            def measure(x):
                global calls
                calls += 1
                return {"y": (x - 3) ** 2}
            """.write(toFile: "\(folder)/measure.py", atomically: true, encoding: .utf8)
            try await body(place)
        }
    }

    private func run(
        _ place: Workplace, _ arguments: String..., sleep: String = "0.02"
    ) throws -> Program {
        try Program(
            ["run", place.file] + arguments,
            environment: ["BURETTE_DATA": "\(place.folder)/data", "SLEEP": sleep])
    }

    @Test(
        "measures with a script or a Python function, named in the file or on the command line",
        arguments: [
            ("instrument: {exec: ./measure.sh}", []), ("instrument: {python: \"measure.py:measure\", count: 2}", []),
            ("", ["--exec", "FOLDER/measure.sh", "--workers", "2"]), ("", ["--python", "FOLDER/measure.py:measure"]),
        ])
    func programs(instrument: String, options: [String]) async throws {
        try await withCampaign(instrument) { place in
            let options = options.map { $0.replacingOccurrences(of: "FOLDER", with: place.folder) }
            let outcome = try await Program(
                ["run", place.file] + options, environment: ["BURETTE_DATA": "\(place.folder)/data"]
            ).outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("8 measured, 0 failed, 0 pending, 0 duplicates"), "\(outcome.output)")
        }
    }

    @Test("continues after kill -9, and counts a result that its worker had kept")
    func killed() async throws {
        try await withCampaign("instrument: {exec: ./measure.sh}") { place in
            let first = try run(place, sleep: "1.5")
            #expect(try await eventually(within: 30) { (try await place.report()["measured"] as? Int ?? 0) >= 1 })
            first.signal(SIGKILL)
            _ = try await first.outcome()
            // What the worker had measured, and its planner had not yet recorded.
            let ledger = try Ledger.open(path: "\(place.folder)/data/\(place.name).sqlite", create: false)
            let state = CampaignState(try await ledger.events().events)
            let job = try #require(state.pendingJobs.first).job
            try ledger.close()
            let result = Event(
                id: "kept-result", campaign: try CampaignName(place.name), time: Date().timeIntervalSince1970,
                body: .measured(
                    .init(
                        job: job.id, worker: "worker-1", values: ["y": 1234], began: 4e9, ended: 4e9 + 1,
                        parameters: job.parameters)))
            let outbox = "\(place.folder)/data/spool/\(place.name)/worker-1"
            // A measurement that came to an end as the process was killed would be kept beside it.
            for kept in try FileManager.default.contentsOfDirectory(atPath: outbox) {
                try FileManager.default.removeItem(atPath: "\(outbox)/\(kept)")
            }
            try result.json().write(to: URL(fileURLWithPath: "\(outbox)/kept-result.json"))
            let outcome = try await run(place).outcome()
            #expect(outcome.status == 0 && outcome.errors.contains("Going on with"), "\(outcome.errors)")
            #expect(outcome.output.contains("8 measured, 0 failed, 0 pending, 0 duplicates"), "\(outcome.output)")
            let rows = try await Program.run(
                "export", place.name, environment: ["BURETTE_DATA": "\(place.folder)/data"]
            ).output.split(separator: "\n")
            #expect(rows.contains { $0.hasPrefix(job.id.rawValue) && $0.hasSuffix(",1234") }, "\(rows)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outbox).isEmpty)
        }
    }

    @Test("finishes the running measurement at Ctrl-C, and the next run takes its result in")
    func interrupted() async throws {
        try await withCampaign("instrument: {exec: ./measure.sh}") { place in
            let first = try run(place, sleep: "1")
            #expect(await eventually(within: 30) { FileManager.default.fileExists(atPath: "\(place.folder)/measured") })
            try await Task.sleep(for: .milliseconds(300))
            first.signal(SIGINT)
            let interrupted = try await first.outcome(within: 20)
            #expect(interrupted.status == 130, "\(interrupted.errors)")
            #expect(interrupted.errors.contains("Finishing the running measurements"), "\(interrupted.errors)")
            let outcome = try await run(place).outcome()
            #expect(outcome.output.contains("8 measured, 0 failed, 0 pending, 0 duplicates"), "\(outcome.output)")
            let measured = try String(contentsOfFile: "\(place.folder)/measured", encoding: .utf8).split(
                separator: "\n")
            #expect(measured.count == 8 && Set(measured).count == 8, "nothing was measured twice: \(measured)")
        }
    }

    @Test("lets several instruments measure side by side, each what it can, a person among them")
    func several() async throws {
        let instruments = """
            instruments:
              - {name: robot, exec: ./measure.sh, only: ["x=0...5"]}
              - {name: python, python: "measure.py:measure", only: ["x=5...10"]}
              - {name: ann, human: true}
            """
        try await withCampaign(instruments, measurements: 9) { place in
            let program = try Program.atTerminal(
                ["run", place.file], environment: ["BURETTE_DATA": "\(place.folder)/data", "SLEEP": "0.3"])
            // The person types a value at each question, and confirms it.
            var (typed, confirmed) = (0, 0)
            _ = await eventually(within: 60) {
                let shown = program.shown
                if shown.components(separatedBy: "Measure y").count - 1 > typed {
                    typed += 1
                    try? program.type("77\n")
                }
                if shown.components(separatedBy: "Record y").count - 1 > confirmed {
                    confirmed += 1
                    try? program.type("\n")
                }
                return !program.isRunning
            }
            let outcome = try await program.outcome()
            #expect(outcome.status == 0, "\(outcome.output)")
            let workers = try #require(try await place.report()["measured_by"] as? [String: Int])
            #expect(Set(workers.keys) == ["ann", "python", "robot"], "\(workers)")
        }
    }

    @Test("tells a person the parameters in the order of the campaign file, in which they are set")
    func order() async throws {
        try await withCampaign("instrument: {human: true}") { place in
            try """
            campaign: \(place.name)
            parameters:
              - {name: a, type: continuous, low: 0, high: 1}
              - {name: b, type: continuous, low: 0, high: 1}
              - {name: c, type: continuous, low: 0, high: 1}
            order: [c, a]
            objectives: [{name: y, goal: minimize}]
            instrument: {human: true}
            """.write(toFile: place.file, atomically: true, encoding: .utf8)
            let ann = Person(
                at: try Program.atTerminal(["run", place.file], environment: ["BURETTE_DATA": "\(place.folder)/data"]))
            for text in ["Job 0001", "  c  0.", "  a  0.", "  b  0.", "Measure y"] {
                #expect(try await ann.sees(text), "\(text)")
            }
            ann.terminal.signal(SIGTERM)
            _ = try await ann.terminal.outcome()
        }
    }

    @Test(
        "stops before the samples are used up where its program is missing or answers rubbish",
        arguments: [
            ("{exec: ./missing.sh}", "there is no program"), ("{exec: \"echo rubbish\"}", "printed no JSON object"),
            ("{exec: \"no-such-command\"}", "status 127"),
            ("{python: \"measure.py:wrong\"}", "has no attribute 'wrong'"),
            ("{exec: ./measure.py}", "is not executable"),
        ])
    func unusable(instrument: String, reason: String) async throws {
        try await withCampaign("instrument: \(instrument)") { place in
            let outcome = try await run(place).outcome()
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(outcome.errors)")
            #expect(outcome.errors.contains("the instrument cannot be used"), "\(outcome.errors)")
            let failed = try await place.report()["failed"] as? Int ?? 0
            #expect(failed == 0, "no sample counts as failed")
            let checked = try await Program.run(
                "doctor", place.file, "--try", environment: ["BURETTE_DATA": "\(place.folder)/data"])
            #expect(checked.status == 1 && checked.output.contains("FAIL  instrument"), "\(checked.output)")
        }
        try await withCampaign("instrument: {exec: ./measure.sh}") { place in
            let checked = try await Program.run(
                "doctor", place.file, "--try", environment: ["BURETTE_DATA": "\(place.folder)/data"])
            #expect(checked.output.contains("ok    instrument: y = 5 at x=5"), "\(checked.output)")
        }
    }

    @Test("says that nothing measures, and what may")
    func nothing() async throws {
        try await withCampaign("") { place in
            let outcome = try await run(place).outcome()
            #expect(outcome.status == 65 && outcome.errors.contains("--exec COMMAND"), "\(outcome.errors)")
            let lonely = try await run(place, "--time-limit", "5").outcome()
            #expect(lonely.status == 64 && lonely.errors.contains("--time-limit goes with"), "\(lonely.errors)")
        }
    }

    @Test("learns at the point that was really set, keeps what was asked for, and tells of both")
    func reallySet() async throws {
        try await withCampaign(
            "instrument: {exec: 'echo \"{\\\"y\\\": 1, \\\"parameters\\\": {\\\"x\\\": 10.5}}\"'}", measurements: 3
        ) { place in
            let outcome = try await run(place).outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            let data = ["BURETTE_DATA": "\(place.folder)/data"]
            let rows = try await Program.run("export", place.name, environment: data).output.split(separator: "\n")
            #expect(rows.count == 4 && rows.dropFirst().allSatisfy { $0.hasSuffix(",10.5,1") }, "\(rows)")
        }
    }
}
