import Campaigns
import EventStore
import Foundation
import Support
import Synchronization
import Testing

/// Anyone's instrument: workers of every kind on one campaign over a real RabbitMQ.
@Suite(
    "Workers of every kind", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)),
    .serialized)
struct WorkersTests {
    private static let protocols = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Protocols/workers").path

    @Test(
        "measure one campaign together, a person among them, one killed in the middle, and each result is there once with its worker's name"
    )
    func together() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 100000")
                .replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
                .replacingOccurrences(of: "goal: minimize", with: "goal: minimize, unit: g")
        }) { place in
            try """
            def measure(x0, x1):
                if x0 > 2: raise ValueError("the stage ends at 2")
                return (x1 - 0.1291845 * x0 * x0 + 1.5915494 * x0 - 6) ** 2
            """.write(toFile: "\(place.folder)/measure.py", atomically: true, encoding: .utf8)
            let planner = try Program(["plan", place.file], environment: place.environment)
            var environment = place.environment
            environment["BURETTE_WORKER"] = "python"
            let python = try Program(
                ["\(Self.protocols)/worker.py", place.name], environment: environment, program: "/usr/bin/python3")
            let shell = try Program(
                ["work", place.name, "--exec", "\(Self.protocols)/measure.sh", "--name", "shell"],
                environment: place.environment)
            let function = try Program(
                ["work", place.name, "--python", "\(place.folder)/measure.py:measure", "--name", "function"],
                environment: place.environment)
            // The example package, where deploy/test has built it.
            let library = try ProcessInfo.processInfo.environment["BURETTE_TEST_EXAMPLE"].map { path in
                try Program([place.name, TestBroker.uri ?? ""], environment: place.environment, program: path)
            }
            let lost = try Program(
                ["work", place.name, "--exec", "sleep 100", "--name", "lost"], environment: place.environment)
            let person = try await Person(place, "person")
            try await person.answers("12,5 g", "branin = 12.5 g")
            #expect(try await eventually(within: 30) { try await atWork(place).contains("lost") })
            lost.signal(SIGKILL)
            try await person.answers("0.25", "branin = 0.25 g")

            let all = Set(["python", "shell", "function", "person"] + (library == nil ? [] : ["swift"]))
            #expect(
                try await eventually(within: 60) {
                    let state = try await place.state()
                    return Set(state.measuredBy.keys) == all && state.hasFailure(saying: "the stage ends at 2")
                })
            #expect(try await eventually(within: 30) { try await atWork(place).contains("person") })
            #expect(try await Program.run("stop", place.name, environment: place.environment).status == 0)
            // Whoever is quicker than the planner with the order gets another job.
            #expect(
                try await eventually(within: 30) {
                    let (state, workers) = (try await place.state(), try await atWork(place))
                    return state.pending.count == 1 && workers == ["person"]
                })
            try await person.answers("7", "branin = 7 g")
            let outcome = try await planner.outcome(within: 60)
            #expect(outcome.status == 0, "\(outcome.errors)")

            let state = try await place.state()
            #expect(state.pending.isEmpty && state.tally.duplicates == 0 && state.tally.redelivered >= 1)
            #expect(Set(state.measuredBy.keys) == all)
            #expect(state.measuredBy["person"].map { Set($0) } == [12.5, 0.25, 7], "each of the person's results once")
            for worker in [python, shell, function, library].compactMap(\.self) { worker.signal(SIGTERM) }
            try person.terminal.type("\u{03}")
            #expect(try await person.terminal.outcome().status == 0)
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
        }
    }

    @Test("may be a person, who is never misread, says what failed and why, and hands a job back to others")
    func person() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 3")
                .replacingOccurrences(of: "goal: minimize", with: "goal: minimize, unit: g")
                .replacingOccurrences(of: "name: x0,", with: "name: x0, unit: mL,")
        }) { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            let person = try await Person(place, "ann")
            #expect(try await person.sees("x0  ") && person.terminal.shown.contains(" mL"))
            for (typed, refusal) in [
                ("1,500", "\"1,500\" can be 1.500 or 1500: type one of these."),
                ("12 mg", "it is measured in g, not in mg: type the number in g."),
                ("inf", "\"inf\" is not a number."), ("soon", "\"soon\" is not a number."),
            ] {
                #expect(try await person.sees("branin [g]: "))
                try person.terminal.type("\(typed)\n")
                #expect(try await person.sees(refusal))
            }
            #expect(try await person.sees("branin [g]: "))
            try person.terminal.type("13\n")
            #expect(try await person.sees("Record branin = 13 g? [Y/n]"))
            try person.terminal.type("n\n")
            try await person.answers("1,25", "branin = 1.25 g")
            #expect(try await person.sees("branin [g]: "))
            try person.terminal.type("fail\n")
            #expect(try await person.sees("Why?"))
            try person.terminal.type("the flask broke\n")
            #expect(try await person.sees("Recorded as failed: the flask broke"))
            for (typed, recorded) in [
                ("infeasible it clogged", "Recorded as infeasible: it clogged"),
                ("accident the needle was bent", "Recorded as an accident: the needle was bent"),
            ] {
                #expect(try await person.sees("branin [g]: "))
                try person.terminal.type("\(typed)\n")
                #expect(try await person.sees(recorded))
            }
            #expect(try await person.sees("branin [g]: "))
            try person.terminal.type("back no more THF\n")
            let left = try await person.terminal.outcome()
            #expect(left.status == 0 && left.output.contains("is returned"), "\(left.output)")
            #expect(
                try await eventually(within: 10) {
                    try await place.state().jobs.values.contains { $0.job.publication == 2 }
                })

            // What was given back, another one measures; Ctrl-C lets him finish what he has in hand.
            let other = try await Person(place, "bob")
            try await other.answers("< 2", "branin < 2 g")
            #expect(try await other.sees("branin [g]: "))
            try other.terminal.type("\u{03}")
            #expect(try await other.sees("Finishing the running measurement; a second signal returns its job."))
            try other.terminal.type("3\n\n")
            #expect(try await other.terminal.outcome().status == 0)
            #expect(try await planner.outcome(within: 30).status == 0)
            let state = try await place.state()
            #expect(
                state.measuredBy.mapValues(Set.init) == ["ann": [1.25], "bob": [2, 3]] && state.failed == 3
                    && state.pending.isEmpty)
            #expect(state.observations.compactMap(\.limits) == [["branin": .below]])
            #expect(state.jobs.values.count { $0.job.repeats != nil } == 1, "the accident is tried again, nothing else")
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
        }
    }

    @Test("may say what they can do; what nobody can do is shown, waits, and is measured by the first who can")
    func limited() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 100000")
                .replacingOccurrences(of: "kind: gaussian-process", with: "kind: sobol")
        }) { place in
            let planner = try Program(["plan", place.file], environment: place.environment)
            #expect(
                try await eventually(within: 30) { try await place.state().openedAt != nil }, "\(planner.saidSoFar)")
            let left = try Program(
                [
                    "work", place.name, "--surface", "branin", "--duration", "0.05", "--only", "x0=-5...0", "--name",
                    "left",
                ], environment: place.environment)
            #expect(try await eventually(within: 30) { (try await place.state().measuredBy["left"] ?? []).count >= 3 })
            var environment = place.environment
            environment["BURETTE_WORKER"] = "python"
            environment["BURETTE_ONLY"] = #"{"x1": {"low": 2.5, "high": 15}, "x0": {"low": -4, "high": 0.5}}"#
            let python = try Program(
                ["\(Self.protocols)/worker.py", place.name], environment: environment, program: "/usr/bin/python3")
            #expect(
                try await eventually(within: 30) { (try await place.state().measuredBy["python"] ?? []).count >= 3 })
            let asked = try await Program.run(
                "inject", place.name, "--set", "x0=7", "--set", "x1=8", environment: place.environment)
            #expect(asked.status == 0, "\(asked.errors)")
            let words = "waits: no connected worker can measure at x0=7 x1=8"
            #expect(
                try await eventually(within: 30) {
                    let status = try await Program.run("status", place.name, environment: place.environment).output
                    return status.contains(words) && status.contains("1 of them only where x0=-5...0")
                })
            let all = try Program(
                ["work", place.name, "--surface", "branin", "--name", "all"], environment: place.environment)
            #expect(
                try await eventually(within: 30) {
                    try await place.state().jobs.values.contains { record in
                        guard case .measured(let measurement) = record.status else { return false }
                        return record.job.origin == .injected && measurement.worker == "all"
                    }
                })
            #expect(try await Program.run("stop", place.name, environment: place.environment).status == 0)
            #expect(try await planner.outcome(within: 60).status == 0)
            for worker in [left, python, all] { worker.signal(SIGTERM) }
            let state = try await place.state()
            let limits = ["left": ["x0=-5...0"], "python": ["x0=-4...0.5", "x1=2.5...15"]]
            for record in state.jobs.values {
                guard case .measured(let measurement) = record.status, let texts = limits[measurement.worker] else {
                    continue
                }
                #expect(try Capability(texts: texts).admits(record.job.parameters))
            }
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
            let queues = try await TestBroker.control("list_queues", "name")
            #expect(!queues.contains("burette.\(place.name).jobs"), "\(queues)")
        }
    }

    @Test("give back, as nobody's, a job that comes while they stop: a program in Python")
    func politePython() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 4")
                .replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
                + "\nworkers: {redelivery: hold}\n"
        }) { place in
            try """
            import pathlib, sys, time
            sys.path.insert(0, "\(Self.protocols)")
            from worker import Worker, measure
            leave = Worker._take_no_more
            def slowly(self):
                pathlib.Path("\(place.folder)/leaving").touch()
                while not pathlib.Path("\(place.folder)/go").exists(): time.sleep(0.01)
                leave(self)
            Worker._take_no_more = slowly
            worker = Worker(sys.argv[1], name="idle")
            worker(measure)
            worker.run()
            """.write(toFile: "\(place.folder)/idle.py", atomically: true, encoding: .utf8)
            let planner = try Program(["plan", place.file], environment: place.environment)
            #expect(try await eventually(within: 30) { try await place.state().openedAt != nil })
            #expect(try await Program.run("pause", place.name, environment: place.environment).status == 0)
            #expect(try await eventually(within: 30) { try await place.state().pending.isEmpty })
            let python = try Program(
                ["\(place.folder)/idle.py", place.name], environment: place.environment, program: "/usr/bin/python3")
            func counts(_ column: String) async throws -> Int? {
                let lines = try await TestBroker.control("list_queues", "name", column).split(separator: "\n")
                let words = lines.map { $0.split(separator: "\t") }
                return words.first { $0.first == "burette.\(place.name).jobs" }.flatMap { Int($0[1]) }
            }
            #expect(try await eventually(within: 30) { try await counts("consumers") == 1 })
            python.signal(SIGTERM)
            #expect(
                await eventually(within: 30) { FileManager.default.fileExists(atPath: "\(place.folder)/leaving") })
            #expect(try await Program.run("resume", place.name, environment: place.environment).status == 0)
            #expect(try await eventually(within: 30) { try await counts("messages_unacknowledged") == 1 })
            try Data().write(to: URL(fileURLWithPath: "\(place.folder)/go"))
            #expect(try await python.outcome(within: 30).status == 0)

            let next = try Program(
                ["work", place.name, "--surface", "branin", "--name", "next"], environment: place.environment)
            #expect(try await planner.outcome(within: 60).status == 0)
            let state = try await place.state()
            #expect(state.held.isEmpty && state.tally.redelivered == 0, "\(python.saidSoFar)")
            next.signal(SIGTERM)
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
        }
    }

    private func atWork(_ place: Workplace) async throws -> [String] {
        let outcome = try await Program.run("status", place.name, "--json", environment: place.environment)
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return (object?["unacknowledged"] as? [[String: Any]] ?? []).compactMap { $0["worker"] as? String }
    }
}
