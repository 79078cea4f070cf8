import Foundation
import Support
import Testing

/// Observations out, earlier ones in, and a person's own experiments.
@Suite("Data", .timeLimit(.minutes(5)))
struct DataTests {
    @Test(
        "of a campaign teaches another one before its planner is started, once, beyond its budget",
        arguments: ["csv", "jsonl"])
    func taught(format: String) async throws {
        try await Workplace.with { place in
            #expect(try await place.burette("run", place.file, "--speed", "1000").status == 0)
            let exported = try await place.burette("export", place.name, "--format", format).output
            let data = "\(place.folder)/earlier.\(format)"
            try exported.write(toFile: data, atomically: true, encoding: .utf8)
            let second = try place.copy(as: "\(place.name)-b")
            let first = try await place.burette("import", second.file, data)
            #expect(first.status == 0 && first.errors.contains("20 measurements imported\n"), "\(first.errors)")
            #expect(try await place.burette("import", second.file, data).errors.contains("20 of them had been before"))
            #expect(try await place.burette("run", second.file, "--speed", "1000").status == 0)
            let report = try await second.report()
            #expect(report["measured"] as? Int == 20 && report["given"] as? Int == 20)
            let again = try await place.burette("export", second.name, "--format", format).output
            #expect(again.split(separator: "\n").count == exported.split(separator: "\n").count + 20)
        }
    }

    @Test("as a spreadsheet writes it is read, with decimal commas and columns of other things")
    func spreadsheet() async throws {
        try await Workplace.with { place in
            let data = "\(place.folder)/sheet.csv"
            try "\u{FEFF}x0;x1;branin;who\n1,5;2;0,25;\"Ann; Bob\"\n-2,25;1e1;1e-3;Ann\n"
                .write(toFile: data, atomically: true, encoding: .utf8)
            let outcome = try await place.burette("import", place.file, data)
            #expect(outcome.status == 0 && outcome.errors.contains("left out: who"), "\(outcome.errors)")
            #expect(try await place.burette("run", place.file, "--speed", "1000").status == 0)
            let rows = try await place.burette("export", place.name, "--format", "jsonl").output
            #expect(rows.contains(#""parameters":{"x0":1.5,"x1":2},"values":{"branin":0.25}"#), "\(rows)")
            #expect(rows.contains(#""parameters":{"x0":-2.25,"x1":10},"values":{"branin":0.001}"#))
        }
    }

    @Test(
        "is read from whatever a spreadsheet makes of a table",
        arguments: [
            "x0,x1,branin\r\n1.5,2,0.25\r\n\r\n-2,3,0.5\r\n\r\n,,\r\n\r\n",
            "sep=;\r\nx0;x1;branin\r\n1,5;2;0,25\r\n-2;3;0,5\r\n",
            "x0\tx1\tbranin\n1.5\t2\t0.25\n-2\t3\t0.5\n", "x0,x1,branin,,\n1.5,2,0.25,,\n-2,3,0.5,,\n",
            "x0 (mm),x1/°C,branin [g]\n1.5,2,0.25\n-2,3,0.5\n", "\u{FEFF}\n\nx0;x1;branin\r1,5;2;0,25\r-2;3;0,5\r",
        ])
    func spreadsheets(text: String) async throws {
        let units = { (file: String) in
            file.replacingOccurrences(of: "low: -5, high: 10", with: "low: -5, high: 10, unit: mm")
                .replacingOccurrences(of: "low: 0, high: 15", with: "low: 0, high: 15, unit: °C")
        }
        try await Workplace.with(units) { place in
            let data = "\(place.folder)/sheet.csv"
            try text.write(toFile: data, atomically: true, encoding: .utf8)
            let outcome = try await place.burette("import", place.file, data)
            #expect(outcome.status == 0 && outcome.errors.contains("2 measurements imported"), "\(outcome.errors)")
            // No planner has opened the campaign: what was imported is shown all the same.
            let rows = try await place.burette("export", place.name).output.split(whereSeparator: \.isNewline)
            #expect(rows.count == 3 && rows[0] == "job,worker,began,ended,x0,x1,branin", "\(rows)")
            #expect(rows[1].hasSuffix(",1.5,2,0.25") && rows[2].hasSuffix(",-2,3,0.5"))
            let status = try await place.burette("status", place.name)
            #expect(status.errors.contains("2 measurements were imported and wait for it"), "\(status.errors)")
        }
    }

    @Test("of one job is found by its number, any beginning of its id, latest, or best")
    func jobSelection() async throws {
        try await Workplace.with { place in
            #expect(try await place.burette("run", place.file, "--speed", "1000").status == 0)
            let jobs = try await place.burette("export", place.name).output.split(separator: "\n").dropFirst()
                .compactMap { $0.split(separator: ",").first.map(String.init) }
            let seventh = try #require(jobs.first { $0.hasPrefix("0007-") } ?? jobs.last)
            let number = try #require(Int(seventh.prefix(4)))
            for text in ["\(number)", String(seventh.prefix(4)), "\(number)-", String(seventh.prefix(7)), seventh] {
                let found = try await place.burette("replay", place.name, text)
                #expect(found.output.contains("\(seventh), "), "\(text): \(found.errors)")
            }
            #expect(try await place.burette("replay", place.name, "latest").status == 0)
            #expect(try await place.burette("replay", place.name, "best").output.contains("computed now"))
            let many = try await place.burette("replay", place.name, "00")
            #expect(many.status == 65 && many.errors.contains("00 can be 0001-"), "\(many.errors)")
            let none = try await place.burette("replay", place.name, "9999")
            #expect(none.status == 65 && none.errors.contains("the campaign has no job 9999"), "\(none.errors)")
        }
    }

    @Test(
        "that is wrong is refused with its file and row, and nothing of it is taken",
        arguments: [
            ("x0,x1,branin\n1,2,3\n1,200,3\n", "sheet.csv, row 2: x1 = 200 is outside 0...15"),
            ("x0,x1,branin\n1,2,3\n1,2,\n", "sheet.csv, row 2: the result lacks the objective \"branin\""),
            ("x0,x1,branin\n1,2,3\n,2,3\n", "sheet.csv, row 2: parameter \"x0\" is missing"),
            ("x0,x1,branin\n1,2,3\n1,2,inf\n", "sheet.csv, row 2: branin: \"inf\" is not a number"),
            ("x0;x1;branin\n1;2;3\n1;2;1,500\n", "sheet.csv, row 2: branin: \"1,500\" can be 1.500 or 1500"),
            ("x0,x1,branin,x0\n1,2,3,4\n", "the column \"x0\" stands twice in its header"),
            ("x0,x1,branin [kg],branin\n1,2,3,4\n", "the column \"branin\" stands twice in its header"),
            ("x0,x1\n1,2\n", "there is no column \"branin\""), ("x0,x1,branin\n", "there is no row in it"),
        ])
    func wrong(text: String, says: String) async throws {
        try await Workplace.with { place in
            let data = "\(place.folder)/sheet.csv"
            try text.write(toFile: data, atomically: true, encoding: .utf8)
            let outcome = try await place.burette("import", place.file, data)
            #expect(outcome.status == 65 && outcome.errors.contains(says), "\(outcome.errors)")
            let status = try await place.burette("status", place.name)
            #expect(status.status == 1 && status.errors.contains("there is no ledger"), "\(status.errors)")
        }
    }

    @Test("of a person's own experiment is recorded, and another that he asks for is measured; watch tells of both")
    func injected() async throws {
        try await Workplace.with({ $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 100000") }) {
            place in
            let running = try Program(["run", place.file, "--speed", "100"], environment: place.local)
            #expect(try await eventually(within: 30) { (try await place.report()["measured"] as? Int ?? 0) >= 3 })
            let watching = try Program(["watch", place.name], environment: place.local)
            _ = await eventually(within: 10) { watching.saidSoFar.contains("running") }
            let told = try await place.burette(
                "inject", place.name, "--set", "x0=1,25", "--set", "x1=2", "--value", "branin=0.5", "--reason",
                "by hand")
            #expect(told.status == 0, "\(told.errors)")
            let asked = try await place.burette("inject", place.name, "--set", "x0=3.25", "--set", "x1=2.5")
            #expect(asked.status == 0, "\(asked.errors)")
            #expect(try await eventually(within: 30) { try await place.report()["given"] as? Int == 2 })
            for (words, says) in [
                (["--set", "x0=1"], "parameter \"x1\" is missing"),
                (["--set", "x0=1", "--set", "x1=2", "--value", "yield=1"], "\"yield\" is no objective"),
                (["--set", "x0=1", "--set", "x1=99"], "x1 = 99 is outside 0...15"),
                (["--set", "x0=1", "--set", "x1=2 mm"], "not understood"),
            ] {
                let outcome = try await Program(["inject", place.name] + words, environment: place.local).outcome()
                #expect(outcome.status == 65 && outcome.errors.contains(says), "\(outcome.errors)")
            }
            #expect(try await place.burette("stop", place.name).status == 0)
            #expect(try await running.outcome(within: 30).status == 0)
            let watched = try await watching.outcome(within: 30)
            #expect(watched.status == 0 && watched.output.contains("operator records branin = 0.5 at x0=1.25 x1=2"))
            #expect(watched.output.contains("operator requests a measurement at x0=3.25 x1=2.5"), "\(watched.output)")
            #expect(watched.output.contains("is measured by worker-") && watched.errors.contains("is finished"))
            let late = try await place.burette("inject", place.name, "--set", "x0=3.25", "--set", "x1=2.5")
            #expect(late.status == 1 && late.errors.contains("nothing is measured any more"))
            let lines = try await place.burette("watch", place.name, "--json").output.split(separator: "\n")
            #expect(lines.count > 10 && lines.allSatisfy { $0.hasPrefix("{") })
            #expect(lines.last?.contains(#""type":"finished""#) == true)
        }
    }
}

extension Workplace {
    /// Without a broker.
    var local: [String: String] { ["BURETTE_DATA": "\(folder)/data"] }

    fileprivate func burette(_ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: local).outcome()
    }

    /// The same campaign under another name, in the same folder.
    fileprivate func copy(as other: String) throws -> CopiedCampaign {
        let text = try String(contentsOfFile: file, encoding: .utf8).replacingOccurrences(of: name, with: other)
        let path = "\(folder)/\(other).yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return CopiedCampaign(file: path, name: other, folder: folder)
    }
}

private struct CopiedCampaign {
    let file: String
    let name: String
    let folder: String

    func report() async throws -> [String: any Sendable] {
        let outcome = try await Program.run("report", name, "--json", environment: ["BURETTE_DATA": "\(folder)/data"])
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: any Sendable] ?? [:]
    }
}
