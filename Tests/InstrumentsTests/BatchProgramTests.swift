import Campaigns
import Foundation
import Instruments
import Support
import Synchronization
import Testing
import WorkerService

@Suite("A program that takes whole batches", .timeLimit(.minutes(5)))
struct BatchProgramTests {
    /// Three samples at one temperature.
    private static var batch: Job {
        get throws {
            let campaign = Campaign(
                name: try freshName(),
                space: ParameterSpace(
                    ["T", "x"].map { Parameter(name: $0, domain: .continuous(low: 0, high: 100, scale: .linear)) }),
                objectives: [Objective(name: "y", goal: .maximize)])
            let samples = (1...3).map { number in
                Job(
                    id: JobID("0001-abc.\(number)"), parameters: ["T": .number(80), "x": .number(Double(number))],
                    of: campaign)
            }
            return Job(batch: JobID("0001-abc"), of: samples, sharing: ["T": .number(80)])
        }
    }

    /// What came of a batch: in which order, and what at last.
    private struct Outcome {
        var samples: [(id: String, words: String)] = []
        var error: (any Error)?

        var reason: String { error.map { "\($0)" } ?? "" }
        var words: [String] { samples.map { "\($0.id) \($0.words)" } }
    }

    private static func outcome(of instrument: any Instrument) async throws -> Outcome {
        let outcome = Mutex(Outcome())
        do {
            try await instrument.measure(batch: batch) { _ in
            } outcome: { id, result in
                let words =
                    switch result {
                    case .success(let result): "y = \(result.values["y"].map(\.shortest) ?? "nothing")"
                    case .failure(let error): "\(error)"
                    }
                outcome.withLock { $0.samples.append((id.rawValue.suffix(2).description, words)) }
            }
        } catch {
            outcome.withLock { $0.error = error }
        }
        return outcome.withLock(\.self)
    }

    private static func outcome(of script: String, tried: Bool = false) async throws -> Outcome {
        try await withFolder { folder in
            let first = "for n in 1 2 3; do echo \"{\\\"sample\\\": $n, \\\"y\\\": 0}\"; done"
            let instrument = try ProgramInstrument(
                "if [ -e '\(folder)/tried' ]; then \(script); else touch '\(folder)/tried'; \(first); fi",
                takesBatches: true, keeping: "\(folder)/kept")
            // A program that has worked once is not given up for one bad answer.
            if tried {
                _ = try await outcome(of: instrument)
            } else {
                try Data().write(to: .init(filePath: "\(folder)/tried"))
            }
            return try await outcome(of: instrument)
        }
    }

    @Test("gets all points at once, and what they share; and answers with a line for each, in an order of its own")
    func answers() async throws {
        let script = """
            read -r job
            echo "$job" | grep -q '"parameters":{"T":80},"samples":\\[{"job":"0001-abc.1","parameters":{"T":80,"x":1}}' || exit 7
            [ "$BURETTE_T" = 80 ] && [ "$BURETTE_JOB" = 0001-abc ] || exit 8
            echo '{"job": "0001-abc.3", "y": 3}'; echo '{"sample": 1, "y": 1, "cost": 4}'
            printf '{"sample": 2, "failed": "it cracked", "kind": "infeasible"}'
            """
        let outcome = try await Self.outcome(of: script)
        #expect(outcome.words == [".3 y = 3", ".1 y = 1", ".2 it cracked"] && outcome.error == nil)
    }

    @Test("has a result taken as soon as it is printed, while it goes on")
    func comesByItself() async throws {
        try await withFolder { folder in
            // The second sample waits for somebody who has seen the first.
            let script = """
                echo '{"sample": 1, "y": 1}'
                until [ -e '\(folder)/seen' ]; do sleep 0.05; done
                echo '{"sample": 2, "y": 2}'; echo '{"sample": 3, "y": 3}'
                """
            let instrument = try ProgramInstrument(script, takesBatches: true, keeping: "\(folder)/kept")
            let count = Mutex(0)
            try await instrument.measure(batch: Self.batch) { _ in
            } outcome: { _, _ in
                count.withLock { $0 += 1 }
                _ = FileManager.default.createFile(atPath: "\(folder)/seen", contents: nil)
            }
            #expect(count.withLock(\.self) == 3)
        }
    }

    @Test(
        "says what is wrong with the samples that have no result; the others keep theirs",
        arguments: [
            ("echo '{\"sample\": 2, \"y\": 2}'", 1, "no result of 0001-abc.1, 0001-abc.3"),
            ("echo '{\"sample\": 2, \"y\": 2}'; echo 'power off' >&2; exit 3", 1, "ended with status 3: power off"),
            ("echo '{\"y\": 2}'", 0, "names no sample of the batch, \"{\"y\": 2}\""),
            ("echo '{\"sample\": 4, \"y\": 2}'", 0, "names no sample"),
            ("echo '{\"job\": \"0001-abc\", \"y\": 2}'", 0, "names no sample"),
            ("echo '{\"sample\": 1, \"y\": 2}'; echo '{\"sample\": 1, \"y\": 2}'", 1, "two results of the sample"),
            ("no-such-program", 0, "ended with status 127"),
        ])
    func wrong(script: String, results: Int, reason: String) async throws {
        let outcome = try await Self.outcome(of: script, tried: true)
        #expect(outcome.samples.count == results)
        #expect(outcome.error is MeasurementFailure && outcome.reason.contains(reason), "\(outcome)")
    }

    @Test(
        "is unusable where it gave no result yet and answers what is none",
        arguments: ["echo hello", "echo '{\"sample\": 1, \"z\": 2}'", "no-such-program", "true"])
    func unusable(script: String) async throws {
        let outcome = try await Self.outcome(of: script)
        #expect(outcome.samples.isEmpty && outcome.error is InstrumentUnusable, "\(outcome)")
    }

    @Test("fails the one sample whose answer is none of a result, once it has worked")
    func oneWrongSample() async throws {
        let script =
            "echo '{\"sample\": 1, \"y\": \"much\"}'; echo '{\"sample\": 2, \"y\": 2}'; echo '{\"sample\": 3, \"y\": 3}'"
        let outcome = try await Self.outcome(of: script, tried: true)
        #expect(outcome.error == nil && outcome.words.contains(".2 y = 2"), "\(outcome)")
        #expect(outcome.words.contains { $0.hasPrefix(".1 ") && $0.contains("not a number") }, "\(outcome)")
    }

    @Test("may be a function in Python, which takes a list, and returns one or yields")
    func python() async throws {
        try await withFolder { folder in
            let code = """
                def returns(samples): return [sample["T"] + sample["x"] for sample in samples]
                def yields(samples):
                    yield {"y": 1}
                    yield ValueError("it cracked")
                    yield {"failed": "it melted", "kind": "infeasible"}
                def orders(samples):
                    for number in (3, 1, 2): yield {"sample": number, "y": number}
                def breaks(samples):
                    yield {"y": 1}
                    raise RuntimeError("the furnace broke")
                """
            let file = "\(folder)/furnace.py"
            try code.write(toFile: file, atomically: true, encoding: .utf8)
            func outcome(_ function: String) async throws -> Outcome {
                try await Self.outcome(
                    of: PythonInstrument(file: file, function: function, takesBatches: true, keeping: "\(folder)/kept"))
            }
            #expect(try await outcome("returns").words == [".1 y = 81", ".2 y = 82", ".3 y = 83"])
            #expect(try await outcome("yields").words == [".1 y = 1", ".2 ValueError: it cracked", ".3 it melted"])
            #expect(try await outcome("orders").words == [".3 y = 3", ".1 y = 1", ".2 y = 2"])
            let broken = try await outcome("breaks")
            #expect(broken.words == [".1 y = 1"] && broken.reason.contains("the furnace broke"))
        }
    }

    @Test("measures one sample after another where it does not say that it takes batches")
    func oneByOne() async throws {
        try await withFolder { folder in
            let instrument = try ProgramInstrument(
                "[ $BURETTE_X != 2 ] || exit 3; echo \"{\\\"y\\\": $BURETTE_X}\"", keeping: "\(folder)/kept")
            let outcome = try await Self.outcome(of: instrument)
            #expect(outcome.words == [".1 y = 1", ".2 the program ended with status 3", ".3 y = 3"])
        }
    }

    @Test("gets a batch of one where a campaign has no batches")
    func single() async throws {
        try await withFolder { folder in
            let instrument = try ProgramInstrument(
                "grep -q '\"parameters\":{\"T\":80,\"x\":1},\"samples\":\\[{' && echo '{\"sample\": 1, \"y\": 5}'",
                takesBatches: true, keeping: "\(folder)/kept")
            let sample = try #require(try Self.batch.experiments.first)
            #expect(try await instrument.measure(sample) { _ in }.values == ["y": 5])
        }
    }
}
