import Foundation
import Support
import Testing

/// What a person mistypes, and what the program says then: one sentence, and the status of docs/cli.md.
@Suite("Bad input", .timeLimit(.minutes(5)))
struct BadInputTests {
    @Test("in a campaign file ends with 65 and one sentence")
    func campaignFile() async throws {
        try await Workplace.with({ $0.replacingOccurrences(of: "lookahead", with: "lokahead") }) { place in
            let outcome = try await Program.run("run", place.file, environment: place.environment)
            #expect(outcome.status == 65)
            #expect(outcome.errors.contains("campaign.yaml:") && outcome.errors.contains("unknown key \"lokahead\""))
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("that asks a surface for what it cannot measure ends with 65")
    func surface() async throws {
        for (from, to, says) in [
            ("surface: branin", "surface: brannin", "there is no surface \"brannin\""),
            ("surface: branin", "surface: hartmann6", "takes 6 numbers, not 2"),
            ("instrument: {surface: branin, duration: {low: 5, high: 30}}", "", "nothing says what measures"),
        ] {
            try await Workplace.with({ $0.replacingOccurrences(of: from, with: to) }) { place in
                let outcome = try await Program.run("run", place.file, environment: place.environment)
                #expect(outcome.status == 65 && outcome.errors.contains(says), "\(outcome.errors)")
            }
        }
    }

    @Test(
        "on the command line ends with 64",
        arguments: [
            ["run"], ["fly"], ["run", "x.yaml", "--speed", "0"], ["run", "x.yaml", "--workers", "none"],
            ["report", "Not A Name"], ["plan", "\(#filePath)", "--broker", "http://x"], ["work", "a"],
            ["work", "a", "--surface", "branin", "--duration", "9...1"], ["report", "a", "--loud"],
        ])
    func usage(arguments: [String]) async throws {
        var environment = ["BURETTE_BROKER": "amqp://127.0.0.1:1"]
        if arguments.contains("http://x") { environment = [:] }
        try await Workplace.with { place in
            let fixed = arguments.map { $0 == #filePath ? place.file : $0 }
            let outcome = try await Program(fixed, environment: environment).outcome()
            #expect(outcome.status == 64, "\(outcome.errors)")
            #expect(!outcome.errors.isEmpty)
        }
    }

    @Test("is told to programs as JSON, with a code and what would be taken")
    func jsonErrors() async throws {
        try await Workplace.with { place in
            let environment = ["BURETTE_DATA": "\(place.folder)/data"]
            func error(_ words: String...) async throws -> [String: Any] {
                let outcome = try await Program(words + ["--json"], environment: environment).outcome(within: 30)
                let line = try #require(outcome.errors.split(separator: "\n").last)
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]]
                let error = try #require(object?["error"], "\(outcome.errors)")
                #expect((error["status"] as? Int).map(Int32.init) == outcome.status)
                #expect((error["message"] as? String)?.isEmpty == false)
                return error
            }
            #expect(try await error("report", place.name)["code"] as? String == "ledger-missing")
            #expect(try await error("run")["code"] as? String == "usage")
            let broken = "\(place.folder)/broken.yaml"
            try "campaign: broken\nparameters: 7\n".write(toFile: broken, atomically: true, encoding: .utf8)
            let file = try await error("run", broken)
            #expect(file["code"] as? String == "invalid-campaign-file" && file["line"] as? Int == 2, "\(file)")
            let misspelt = "\(place.folder)/misspelt.yaml"
            try """
            campaign: misspelt
            parameters: [{name: T, type: continous, low: 0, high: 1}]
            objectives: [{name: y, goal: minimize}]
            """.write(toFile: misspelt, atomically: true, encoding: .utf8)
            let kind = try #require(try await error("run", misspelt)["details"] as? [String: Any])
            #expect(
                kind["code"] as? String == "not-an-option" && kind["parameter"] as? String == "parameter \"T\" type")
            #expect(kind["value"] as? String == "continous")
            #expect((kind["allowed"] as? [String])?.contains("continuous") == true, "\(kind)")
            _ = try await Program.run("run", place.file, "--speed", "1000", environment: environment)
            let outside = try await error(
                "inject", place.name, "--set", "x0=1", "--set", "x1=99", "--value", "branin=1")
            #expect(outside["code"] as? String == "out-of-range" && outside["status"] as? Int == 65)
            let details = try #require(outside["details"] as? [String: Any])
            #expect(details["parameter"] as? String == "x1" && details["value"] as? Int == 99)
            #expect(details["allowed"] as? [String: Int] == ["low": 0, "high": 15])
            let job = try await error("replay", place.name, "nonsense")
            #expect(job["code"] as? String == "unknown-job")
        }
    }

    @Test("of a broker that is not there ends with 69 at once")
    func noBroker() async throws {
        try await Workplace.with { place in
            for command in [
                ["plan", place.file], ["work", place.name, "--surface", "branin"], ["status", place.name],
            ] {
                let outcome = try await Program(
                    command + ["--broker", "amqp://127.0.0.1:1"], environment: ["BURETTE_DATA": place.folder]
                )
                .outcome(within: 20)
                #expect(outcome.status == 69, "\(command): \(outcome.errors)")
                #expect(outcome.errors.contains("no broker answers at amqp://guest@127.0.0.1:1"))
            }
        }
    }

    @Test(
        "of a password that the broker refuses ends with 69, and the password is not shown",
        .enabled(if: TestBroker.isThere))
    func wrongPassword() async throws {
        try await Workplace.with { place in
            let uri = try #require(TestBroker.uri).replacingOccurrences(of: "guest:guest@", with: "burette-worker@")
            let outcome = try await Program(
                ["plan", place.file, "--broker", uri],
                environment: ["BURETTE_DATA": place.folder, "BURETTE_PASSWORD": "h1dden"]
            ).outcome(within: 20)
            #expect(outcome.status == 69 && outcome.errors.contains("login refused by the broker"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("h1dden"))
        }
    }

    @Test("of a user who lacks the rights is said with the right that is missing", .enabled(if: TestBroker.isThere))
    func noRights() async throws {
        try await Workplace.with { place in
            let uri = try #require(TestBroker.uri).replacingOccurrences(
                of: "guest:guest@", with: "burette-worker:worker-secret@")
            let outcome = try await Program(
                ["plan", place.file, "--broker", uri], environment: ["BURETTE_DATA": place.folder]
            )
            .outcome(within: 20)
            #expect(outcome.status == 1 && outcome.errors.contains("(403)"), "\(outcome.errors)")
        }
    }

    @Test("in a ledger's place is refused, and left as it is")
    func ledgers() async throws {
        try await Workplace.with { place in
            let data = "\(place.folder)/data"
            let path = "\(data)/\(place.name).sqlite"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let junk = Data("this is a text of somebody else's\n".utf8)
            try junk.write(to: URL(fileURLWithPath: path))
            let damaged = try await Program.run("run", place.file, environment: place.environment)
            #expect(damaged.status == 65 && damaged.errors.contains("is damaged or no ledger"))
            #expect(FileManager.default.contents(atPath: path) == junk)
            try FileManager.default.removeItem(atPath: path)
            _ = try await Program.run("run", place.file, "--speed", "1000", environment: place.environment)
            let text = try String(contentsOfFile: place.file, encoding: .utf8)
            try text.replacingOccurrences(of: "name: x0", with: "name: temperature").write(
                toFile: place.file, atomically: true, encoding: .utf8)
            let other = try await Program.run("run", place.file, environment: place.environment)
            #expect(other.status == 65 && other.errors.contains("parameter x0 is gone"), "\(other.errors)")
        }
    }

    @Test("on asktell's standard input is refused with its line")
    func asktell() async throws {
        try await Workplace.with { place in
            for (line, says) in [
                ("nonsense", "line 1: neither"),
                (#"{"tell": [{"parameters": {"x0": 99, "x1": 1}, "values": {"branin": 1}}]}"#, "outside -5...10"),
                (
                    #"{"tell": [{"parameters": {"x0": 1, "x1": 1}, "values": {"other": 1}}]}"#,
                    "lacks the objective \"branin\""
                ),
                (#"{"ask": {"pending": [{"x0": 1}]}}"#, "\"x1\" is missing"),
            ] {
                let input = "\(place.folder)/input"
                try (line + "\n").write(toFile: input, atomically: true, encoding: .utf8)
                let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
                    .appendingPathComponent("burette").path
                let outcome = try await command(program, ["asktell", place.file], input: input)
                #expect(outcome.status == 65 && outcome.errors.contains(says), "\(outcome.errors)")
            }
        }
    }
}
