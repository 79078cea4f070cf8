import Campaigns
import EventStore
import Foundation
import Support
import Testing

/// Hardware that takes several samples at once, as its users have it.
@Suite("A campaign with batches, run with the program", .timeLimit(.minutes(5)))
struct BatchCampaignTests {
    /// A furnace that takes four samples at one temperature.
    private func withCampaign(
        _ instrument: String, _ more: String = "", _ body: (_ place: Workplace) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let place = Workplace(folder: folder, name: try freshName("batch").rawValue)
            try """
            campaign: \(place.name)
            parameters:
              - {name: T, type: discrete, low: 200, high: 900, step: 100, unit: C}
              - {name: x, type: continuous, low: 0, high: 10, unit: "%"}
            objectives: [{name: y, goal: maximize, unit: g}]
            batches: {size: 4, shared: [T]}
            budget: {measurements: 10}
            \(more)
            instrument: \(instrument)
            """.write(toFile: place.file, atomically: true, encoding: .utf8)
            try await body(place)
        }
    }

    private func environment(_ place: Workplace) -> [String: String] { ["BURETTE_DATA": "\(place.folder)/data"] }

    private func burette(_ place: Workplace, _ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: environment(place)).outcome()
    }

    /// A program that says one sample's result, and goes on when a file is there.
    private func write(furnaceOf place: Workplace) throws {
        let script = "\(place.folder)/furnace.py"
        try """
        #!/usr/bin/env python3
        import json, os, sys, time
        here = os.path.dirname(os.path.abspath(__file__))
        batch = json.load(sys.stdin)
        for number, sample in enumerate(batch["samples"], 1):
            with open(here + "/measured", "a") as log: print(sample["job"], file=log)
            print(json.dumps({"sample": number, "y": sample["parameters"]["x"]}), flush=True)
            while not os.path.exists(here + "/go"): time.sleep(0.02)
        """.write(toFile: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    }

    @Test("shows a person the whole batch, and takes each sample's result, or one word for all that is left")
    func person() async throws {
        try await withCampaign("{human: true}", "workers: {retries: 0}") { place in
            let ann = Person(
                at: try Program.atTerminal(["run", place.file], environment: environment(place)))
            #expect(try await ann.sees(": 4 samples, all at T = "))
            #expect(try await ann.sees("sample  x"))
            #expect(try await ann.sees("Sample 1 of 4"))
            func type(_ text: String) async throws {
                #expect(try await ann.sees("y [g]: "))
                try ann.terminal.type("\(text)\n")
            }
            try await type("1,5")
            #expect(try await ann.sees("Record y = 1.5 g? [Y/n]"))
            try ann.terminal.type("\n")
            #expect(try await ann.sees("Sample 2 of 4"))
            try await type("infeasible it cracked")
            #expect(try await ann.sees("Sample 3 of 4"))
            try await type("accident all the power was off")
            #expect(try await ann.sees("Recorded as an accident, with all that is left of the batch"))
            #expect(try await ann.sees(": 4 samples, all at T = "))
            try await type("back")
            #expect(try await ann.sees("is returned"))
            ann.terminal.signal(SIGTERM)
            _ = try await ann.terminal.outcome()
            let state = try await place.state()
            #expect(state.measured == 1 && state.failed == 3)
            #expect(state.failed(.infeasible) == 1 && state.failed(.accident) == 2)
        }
    }

    @Test(
        "continues after kill -9 in the middle of a batch: what was measured counts, the rest is measured, nothing twice"
    )
    func killed() async throws {
        try await withCampaign("{exec: ./furnace.py, batch: true}") { place in
            try write(furnaceOf: place)
            let first = try Program(["run", place.file], environment: environment(place))
            #expect(try await eventually(within: 30) { try await place.state().measured == 1 })
            first.signal(SIGKILL)
            _ = try await first.outcome()
            let status = try await burette(place, "status", place.name).output
            #expect(status.contains("1 of 4 samples") && status.contains("1 of 10 measured"), "\(status)")
            _ = FileManager.default.createFile(atPath: "\(place.folder)/go", contents: nil)
            let again = try await burette(place, "run", place.file)
            #expect(again.status == 0 && again.output.contains("10 measured, 0 failed, 0 pending"), "\(again)")
            let log = try String(contentsOfFile: "\(place.folder)/measured", encoding: .utf8).split(separator: "\n")
            let state = try await place.state()
            let measured = state.observations.compactMap(\.job?.rawValue)
            // The program that was left behind goes on with the batch that its worker had; nobody reads it.
            #expect(Set(log).isSuperset(of: measured.map { Substring($0) }) && measured.count == 10)
            #expect(state.tally.duplicates == 0)
            for job in measured { #expect(try await burette(place, "replay", place.name, job).status == 0, "\(job)") }
        }
    }

    @Test("holds what is left of a batch for a person, and measures it when that person says so, or a part of it")
    func held() async throws {
        try await withCampaign("{exec: ./furnace.py, batch: true}", "workers: {redelivery: hold}") { place in
            try write(furnaceOf: place)
            let first = try Program(["run", place.file], environment: environment(place))
            // Begun, and known to be: then it cannot be taken for one that nobody has touched.
            #expect(
                try await eventually(within: 30) {
                    let state = try await place.state()
                    return state.measured == 1 && state.pendingJobs.contains { $0.status != .ready }
                })
            first.signal(SIGKILL)
            _ = try await first.outcome()
            _ = FileManager.default.createFile(atPath: "\(place.folder)/go", contents: nil)
            let second = try Program(["run", place.file], environment: environment(place))
            #expect(try await eventually(within: 30) { try await place.state().held.count == 3 })
            let status = try await burette(place, "status", place.name).output
            #expect(status.contains("3 samples held by"), "\(status)")
            let held = try await place.state().held.map(\.job)
            let batch = try #require(held.first?.batch?.job.rawValue)
            let sample = try await burette(place, "release", place.name, held[1].id.rawValue, "--fail")
            #expect(sample.status == 0, "\(sample.errors)")
            let rest = try await burette(place, "release", place.name, batch, "--rerun")
            #expect(rest.status == 0, "\(rest.errors)")
            let outcome = try await second.outcome()
            #expect(outcome.output.contains("10 measured, 1 failed, 0 pending"), "\(outcome)")
            let state = try await place.state()
            #expect(state.jobs[held[0].id]?.job.publication == 2 && state.jobs[held[2].id]?.job.publication == 2)
            #expect(state.tally.duplicates == 0)
        }
    }

    @Test(
        "is refused with the line where its file cannot be meant",
        arguments: [
            ("{size: 1}", "size is 1; it must be a whole number from 2 to 1000"), ("{shared: [T]}", "size is missing"),
            ("{size: 4, shared: [z]}", "\"z\" is no parameter of this campaign (T, x)"),
            ("{size: 4, shared: [T, T]}", "T stands twice"),
            ("{size: 4, shared: [T, x]}", "shared names every parameter"),
            ("{size: 4, fill: soon}", "fill is \"soon\""), ("{size: 4, wait: 3}", "unknown key \"wait\""),
        ])
    func file(batches: String, words: String) async throws {
        try await withCampaign("{surface: branin}") { place in
            let text = try String(contentsOfFile: place.file, encoding: .utf8)
            try text.replacing("{size: 4, shared: [T]}", with: batches)
                .write(toFile: place.file, atomically: true, encoding: .utf8)
            let outcome = try await burette(place, "run", place.file)
            #expect(outcome.status != 0 && outcome.errors.contains(":6: "), "\(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
    }
}
