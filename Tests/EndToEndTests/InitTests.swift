import Foundation
import Support
import Testing

@Suite("burette init", .timeLimit(.minutes(5)))
struct InitTests {
    private func burette(_ folder: String, _ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: ["BURETTE_DATA": "\(folder)/data"], in: folder).outcome()
    }

    @Test("writes a commented file and a script that run at once", arguments: ["shell", "python"])
    func runs(measure: String) async throws {
        try await withFolder { folder in
            let written = try await burette(
                folder, "init", "my-first", "--parameter", "T=20...80 °C", "--parameter", "c=0.001...1 mol/L log",
                "--parameter", "level=1,2,5", "--parameter", "solvent=water,THF, \"odd: one\"", "--objective",
                "yield=maximize %", "--objective", "cost=minimize", "--measurements", "6", "--measure", measure)
            #expect(written.status == 0 && written.errors.contains("burette run my-first.yaml"), "\(written.errors)")
            let text = try String(contentsOfFile: "\(folder)/my-first.yaml", encoding: .utf8)
            #expect(text.contains("# What can be varied") && text.contains("unit: \"°C\""), "\(text)")
            try text.replacingOccurrences(of: "planner:", with: "planner:\n  kind: sobol")
                .write(toFile: "\(folder)/my-first.yaml", atomically: true, encoding: .utf8)
            let run = try await burette(folder, "run", "my-first.yaml")
            #expect(run.status == 0 && run.output.contains("6 measured, 0 failed"), "\(run.errors) \(text)")
            let again = try await burette(folder, "init", "my-first", "--parameter", "T=1...2", "--measure", measure)
            #expect(again.status == 1 && again.errors.contains("is there already: nothing was written"))
        }
    }

    @Test("asks at a terminal")
    func asks() async throws {
        try await withFolder { folder in
            let program = try Program.atTerminal(
                ["init"], environment: ["BURETTE_DATA": "\(folder)/data"], in: folder)
            for (question, answer) in [
                ("Name of the campaign", "asked"), ("parameter 1", "T=80...20"), ("is no range", "T=20...80 K"),
                ("parameter 2", ""), ("which way is better", "purity=maximize"), ("How many measurements", "five"),
                ("a whole number", "5"), ("What measures", ""),
            ] {
                #expect(
                    await eventually(within: 20) { program.shown.contains(question) }, "\(question): \(program.shown)")
                try program.type(answer + "\n")
            }
            let outcome = try await program.outcome(within: 20)
            #expect(outcome.status == 0 && outcome.output.contains("wrote measure.sh"), "\(outcome.output)")
            let run = try await burette(folder, "run", "asked.yaml")
            #expect(run.status == 0 && run.output.contains("5 measured, 0 failed"), "\(run.errors)")
        }
    }

    @Test("guesses from a table, says what it guessed, and imports its rows")
    func guesses() async throws {
        try await withFolder { folder in
            let rows = (0..<12).map {
                "\(20 + $0 * 5),\([100, 200][$0 % 2]),\(["THF", "water"][$0 % 2]),\(Double($0) * 1.5)"
            }
            try
                ("T (°C);rpm;solvent;yield [%]\n"
                + rows.joined(separator: "\n").replacingOccurrences(of: ",", with: ";"))
                .write(toFile: "\(folder)/Old Data.csv", atomically: true, encoding: .utf8)
            let written = try await burette(folder, "init", "--from", "Old Data.csv", "--measurements", "3")
            #expect(written.status == 0, "\(written.errors)")
            for line in [
                "guessed: T: continuous, 20 to 75 °C", "guessed: rpm: discrete, 100, 200",
                "guessed: solvent: categorical, THF, water", "guessed: yield: objective, maximize",
                "12 of 12 measurements imported", "wrote old-data.yaml",
            ] {
                #expect(written.errors.contains(line), "\(line) in: \(written.errors)")
            }
            let run = try await burette(folder, "run", "old-data.yaml")
            #expect(
                run.status == 0
                    && run.output.contains("3 measured, 0 failed, 0 pending, 0 duplicates, 12 requested or imported"),
                "\(run.errors) \(run.output)")
        }
    }

    @Test("asks for what it cannot know, in words, where nobody can be asked")
    func refuses() async throws {
        try await withFolder { folder in
            for (words, status, says) in [
                (["x"], Int32(64), "--parameter T=20...80"), (["x", "--parameter", "T"], 65, "is no parameter"),
                (["Not A Name", "--parameter", "T=1...2"], 65, "cannot name a campaign"),
                (["x", "--from", "missing.csv"], 65, "cannot be read"),
            ] {
                let outcome = try await Program(["init"] + words, environment: [:], in: folder).outcome()
                #expect(outcome.status == status && outcome.errors.contains(says), "\(words): \(outcome.errors)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
