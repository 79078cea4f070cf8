import Foundation
import Support
import Testing

@Suite("burette run", .timeLimit(.minutes(5)))
struct RunTests {
    @Test("runs the reference campaign to its end, and says so when it is run again")
    func reference() async throws {
        try await Workplace.with { place in
            let first = try await Program.run("run", place.file, "--speed", "100", environment: place.environment)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output.contains("20 measured, 0 failed, 0 pending, 0 duplicates"))
            #expect(first.output.contains("best         branin = "))
            let again = try await Program.run("run", place.file, "--speed", "100", environment: place.environment)
            #expect(again.status == 0)
            #expect(again.errors.contains("is finished"))
            #expect(again.output == first.output)
        }
    }

    @Test("reports the first few of many workers on one line, and all of them as JSON")
    func manyWorkers() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "kind: gaussian-process", with: "kind: sobol")
                .replacingOccurrences(of: "measurements: 20", with: "measurements: 60")
        }) { place in
            let run = try await Program.run(
                "run", place.file, "--speed", "50", "--workers", "20", environment: place.environment)
            let line = try #require(
                run.output.split(separator: "\n").first { $0.hasPrefix("workers ") }, "\(run.errors)")
            #expect(line.count < 200 && line.contains("; 14 others ") && line.hasSuffix("(all with --json) measured"))
            let all = try await place.report()["measured_by"] as? [String: any Sendable]
            #expect(all?.count == 20)
        }
    }

    @Test("can be asked why it proposed an experiment, and computes the same numbers")
    func replayed() async throws {
        try await Workplace.with { place in
            let run = try await Program.run("run", place.file, "--speed", "200", environment: place.environment)
            #expect(run.status == 0, "\(run.errors)")
            // From the ledger: the embedded broker's feed is gone with its process.
            let ledger = ["BURETTE_DATA": "\(place.folder)/data"]
            let export = try await Program.run("export", place.name, "--format", "jsonl", environment: ledger)
            let rows = export.output.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            let job = try #require(rows.last?["job"] as? String)
            let replay = try await Program.run("replay", place.name, job, environment: ledger)
            #expect(replay.status == 0, "\(replay.output) \(replay.errors)")
            #expect(replay.output.contains("the same, to the last bit"))
            #expect(replay.output.contains("lengthscale 1"))
            let json = try await Program.run("replay", place.name, job, "--json", environment: ledger)
            let account = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(account?["same"] as? Bool == true)
            let wrong = try await Program.run("replay", place.name, "9999-000000", environment: ledger)
            #expect(wrong.status == 65 && wrong.errors.contains("has no job 9999-000000"))
        }
    }

    @Test("goes on where kill -9 stopped it, however often")
    func killed() async throws {
        try await Workplace.with { place in
            var kills = 0
            while kills < 100 {
                let program = try Program(["run", place.file, "--speed", "30"], environment: place.environment)
                if kills == 0 {
                    // However fast the machine is, the first one dies in the middle.
                    #expect(await eventually(within: 20) { program.saidSoFar.contains("measured") })
                } else {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 300...2500)))
                    if !program.isRunning, try await program.outcome().status == 0 { break }
                }
                program.signal(SIGKILL)
                kills += 1
                _ = try await program.outcome()
            }
            let report = try await place.report()
            #expect(report["measured"] as? Int == 20)
            #expect(report["pending"] as? Int == 0)
            #expect(report["duplicates"] as? Int == 0)
            #expect(report["state"] as? String == "finished")
        }
    }

    @Test("ends with 130 at Ctrl-C, and says that nothing is lost")
    func interrupted() async throws {
        try await Workplace.with { place in
            // At this speed it takes minutes: however late the signal comes, it comes in the middle.
            let program = try Program(["run", place.file, "--speed", "1"], environment: place.environment)
            #expect(await eventually(within: 20) { program.saidSoFar.contains("measured") })
            program.signal(SIGINT)
            let outcome = try await program.outcome(within: 10)
            #expect(outcome.status == 130)
            #expect(outcome.errors.contains("Nothing is lost"))
            let rest = try await Program.run("run", place.file, "--speed", "500", environment: place.environment)
            #expect(rest.status == 0 && rest.errors.contains("Going on with"))
            #expect(rest.output.contains("20 measured"))
        }
    }

    @Test("ends with 0 where a stopping rule pauses it, says how to go on, and goes on when it is resumed")
    func foundEnough() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
                + "\nstopping: {no_improvement: 4}\n"
        }) { place in
            let file = try String(contentsOfFile: place.file, encoding: .utf8)
                .replacingOccurrences(
                    of: "instrument: {surface: branin,", with: "instrument: {exec: \"echo '{\\\"branin\\\": 1}'\"}\n#")
            try file.write(toFile: place.file, atomically: true, encoding: .utf8)
            let data = ["BURETTE_DATA": "\(place.folder)/data"]
            let outcome = try await Program.run("run", place.file, environment: data)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("no improvement in 4 measurements: the best is still branin = 1"))
            #expect(outcome.errors.contains("To go on: burette resume \(place.name), and run again"))
            let measured = try await place.report()["measured"] as? Int ?? 0
            #expect((7...9).contains(measured), "\(measured)")
            #expect(try await Program.run("resume", place.name, environment: data).status == 0)
            _ = try await Program.run("run", place.file, environment: data)
            #expect(try await place.report()["measured"] as? Int ?? 0 >= measured + 5)
        }
    }

    @Test("has one process at a time on a ledger")
    func twice() async throws {
        try await Workplace.with { place in
            let first = try Program(["run", place.file, "--speed", "1"], environment: place.environment)
            #expect(await eventually(within: 20) { first.saidSoFar.contains("running") })
            let second = try await Program.run("run", place.file, environment: place.environment)
            #expect(second.status == 75)
            #expect(second.errors.contains("another planner uses the ledger"))
            first.signal(SIGKILL)
            _ = try await first.outcome()
        }
    }

    @Test("stops with the reason when every measurement fails, and goes on when that is mended")
    func failing() async throws {
        try await Workplace.with({ $0.replacingOccurrences(of: "surface: branin", with: "surface: branin, failure: 1") }
        ) { place in
            let outcome = try await Program.run("run", place.file, "--speed", "1000", environment: place.environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("measurements in a row failed"))
            let text = try String(contentsOfFile: place.file, encoding: .utf8)
            try text.replacingOccurrences(of: "failure: 1", with: "failure: 0.1")
                .write(toFile: place.file, atomically: true, encoding: .utf8)
            let data = ["BURETTE_DATA": "\(place.folder)/data"]
            #expect(try await Program.run("resume", place.name, environment: data).status == 0)
            let rest = try await Program.run("run", place.file, "--speed", "1000", environment: data)
            #expect(rest.status == 0 && rest.output.contains("20 measured"), "\(rest.errors)")
        }
    }

    @Test("exports what it measured as CSV and as JSON lines, and is cleared only after a yes")
    func exportAndClear() async throws {
        try await Workplace.with { place in
            let data = ["BURETTE_DATA": "\(place.folder)/data"]
            _ = try await Program.run("run", place.file, "--speed", "1000", environment: data)
            let csv = try await Program.run("export", place.name, environment: data).output.split(separator: "\n")
            #expect(csv.count == 21)
            #expect(csv.first == "job,worker,began,ended,x0,x1,branin")
            let lines = try await Program.run("export", place.name, "--format", "jsonl", environment: data)
            #expect(lines.output.split(separator: "\n").count == 20)
            let ledger = "\(place.folder)/data/\(place.name).sqlite"
            for beside in ["\(ledger).new-x", "\(ledger).bak"] { try Data().write(to: URL(fileURLWithPath: beside)) }
            let refused = try await Program.run("clear", place.name, environment: data)
            #expect(refused.status == 1 && refused.errors.contains("would remove"))
            #expect(try await Program.run("clear", place.name, "--yes", environment: data).status == 0)
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(place.folder)/data")
            #expect(left == ["\(place.name).sqlite.bak"], "a copy is nobody's to remove")
            let gone = try await Program.run("report", place.name, environment: data)
            #expect(gone.status == 1 && gone.errors.contains("there is no ledger at"))
        }
    }

    @Test("shows a bar, the time left and the best value as a curve on a terminal, and plain lines elsewhere")
    func bar() async throws {
        try await Workplace.with { place in
            let data = ["BURETTE_DATA": "\(place.folder)/data"]
            let seen = try await Program.atTerminal(
                ["run", place.file, "--speed", "60"], environment: data.merging(["LC_ALL": "C.UTF-8"]) { $1 }
            ).outcome().output
            // How many results come at a time is up to the machine; that some come before others is not.
            #expect(try /\[#+-+\] \d+\/20  .* left/.firstMatch(in: seen) != nil, "\(seen)")
            #expect(seen.contains("[####################] 20/20") && seen.contains("best branin = "), "\(seen)")
            #expect(seen.contains("█") && seen.contains("▁"), "the best value falls")
            #expect(seen.contains("\u{1B}[Kcampaign "), "the report begins where the line was: \(seen)")
            _ = try await Program.run("clear", place.name, "--yes", environment: data)
            let plain = try await Program.run("run", place.file, "--speed", "500", environment: data)
            #expect(!plain.errors.contains("[#") && plain.errors.contains("20/20 measured"), "\(plain.errors)")
        }
    }

    @Test("has two examples at the end of every command's help")
    func examples() async throws {
        let help = try await Program.run("--help").output
        let commands = help.components(separatedBy: "SUBCOMMANDS:")[1].split(separator: "\n").compactMap { line in
            line.hasPrefix("  ") && !line.hasPrefix("    ") ? line.split(separator: " ").first.map(String.init) : nil
        }
        #expect(commands.count >= 19, "\(commands)")
        for command in commands where command != "See" {
            let text = try await Program.run(command, "--help").output
            let examples = text.split(separator: "\n").filter {
                $0.contains("burette \(command) ") || $0.hasSuffix("burette \(command)")
            }
            #expect(text.contains("Examples:") && examples.count >= 1, "\(command): \(text)")
        }
    }
}
