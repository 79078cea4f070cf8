import Foundation
import Support
import Testing

/// `burette exclude`, `burette include`, and standard errors in files.
@Suite("A result's worth", .timeLimit(.minutes(5)))
struct VerdictTests {
    @Test("is what a person says of it: excluded it is never the best and not imported again, included it counts")
    func verdicts() async throws {
        try await Workplace.with { place in
            #expect(
                try await Program(["run", place.file, "--speed", "200"], environment: place.local).outcome().status == 0
            )
            let best = try #require(try await place.report()["best_measured"] as? [String: Any])
            let job = try #require(best["job"] as? String)
            let excluded = try await place.run("exclude", place.name, "best", "--reason", "a bubble in the cell")
            #expect(excluded.status == 0 && excluded.errors.contains("job \(job)"), "\(excluded.errors)")
            let report = try await place.report()
            #expect((report["best_measured"] as? [String: Any])?["job"] as? String != job)
            #expect(report["measured"] as? Int == 20)
            let text = try await place.run("report", place.name).output
            #expect(text.contains("excluded     job \(job): branin = ") && text.contains("a bubble in the cell"))

            for format in ["csv", "jsonl"] {
                let path = "\(place.folder)/\(format)-export.\(format)"
                let exported = try await place.run("export", place.name, "--format", format).output
                try exported.write(toFile: path, atomically: true, encoding: .utf8)
                let definition = try String(contentsOfFile: place.file, encoding: .utf8)
                    .replacingOccurrences(of: place.name, with: "\(place.name)-\(format)")
                try definition.write(toFile: "\(place.folder)/\(format).yaml", atomically: true, encoding: .utf8)
                let imported = try await place.run("import", "\(place.folder)/\(format).yaml", path)
                #expect(imported.errors.contains("19 measurements imported"), "\(imported.errors)")
                #expect(imported.errors.contains("rows that somebody has excluded are left out: 1"))
            }

            #expect(try await place.run("include", place.name, job, "--reason", "no bubble").status == 0)
            #expect((try await place.report()["best_measured"] as? [String: Any])?["job"] as? String == job)
            let stranger = try await place.run("exclude", place.name, "4711")
            #expect(
                stranger.status != 0 && stranger.errors.contains("the campaign has no job 4711"), "\(stranger.errors)")
        }
    }

    @Test("is what a person corrects it to: the record keeps both, and recommendations before and after are made again")
    func corrections() async throws {
        try await Workplace.with { place in
            #expect(try await place.run("run", place.file, "--speed", "200").status == 0)
            let best = try #require(try await place.report()["best_measured"] as? [String: Any])
            let job = try #require(best["job"] as? String)
            let corrected = try await place.run(
                "correct", place.name, "best", "--value", "branin=99,5 +- 0.5", "--reason", "a swapped digit")
            #expect(corrected.status == 0 && corrected.errors.contains("job \(job)"), "\(corrected.errors)")
            #expect(try await place.run("comment", place.name, job, "the solution was cloudy").status == 0)
            #expect((try await place.report()["best_measured"] as? [String: Any])?["job"] as? String != job)
            let text = try await place.run("report", place.name).output
            #expect(text.contains("corrected    job \(job): branin = 99.5 instead of branin = "), "\(text)")
            let rows = try await place.run("export", place.name).output.split(separator: "\n")
            #expect(rows.contains { $0.hasPrefix(job) && $0.hasSuffix(",99.5,0.5") })
            let wrong = try await place.run("correct", place.name, job, "--value", "yield=1")
            #expect(wrong.status == 65 && wrong.errors.contains("yield"), "\(wrong.errors)")
            #expect(try await place.run("correct", place.name, job).errors.contains("say which value"))

            let file = try String(contentsOfFile: place.file, encoding: .utf8)
            try file.replacingOccurrences(of: "measurements: 20", with: "measurements: 26").write(
                toFile: place.file, atomically: true, encoding: .utf8)
            #expect(try await place.run("run", place.file, "--speed", "200").status == 0)
            for job in ["20", "latest"] {
                let replay = try await place.run("replay", place.name, job)
                #expect(replay.status == 0, "\(job): \(replay.output)")
            }
        }
    }

    @Test("is known from its standard error, in a column of its own or behind the value, through import and export")
    func errors() async throws {
        try await Workplace.with { place in
            let data = "\(place.folder)/sheet.csv"
            let rows = "x0,x1,branin,branin error\n1,2,3.5,0.25\n2,2,4.5 ± 0.5,\n3,2,5.5,\n"
            try rows.write(toFile: data, atomically: true, encoding: .utf8)
            #expect(try await place.run("import", place.file, data).status == 0)
            #expect(try await place.run("run", place.file, "--speed", "200").status == 0)
            let exported = try await place.run("export", place.name).output.split(separator: "\n").map(String.init)
            #expect(exported[0] == "job,worker,began,ended,x0,x1,branin,branin error")
            #expect(exported[1].hasSuffix(",1,2,3.5,0.25") && exported[2].hasSuffix(",2,2,4.5,0.5"))
            #expect(exported[3].hasSuffix(",3,2,5.5,"))
            let told = try await place.run(
                "inject", place.name, "--set", "x0=1", "--set", "x1=1", "--value", "branin=7 +- 0.75")
            #expect(told.status == 0, "\(told.errors)")
            #expect(try await place.run("export", place.name).output.contains(",1,1,7,0.75"))
            let negative = try await place.run(
                "inject", place.name, "--set", "x0=1", "--set", "x1=1", "--value", "branin=7 +- -1")
            #expect(negative.status == 65 && negative.errors.contains("0 or more"), "\(negative.errors)")
        }
    }
}

extension Workplace {
    fileprivate func run(_ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: local).outcome()
    }
}
