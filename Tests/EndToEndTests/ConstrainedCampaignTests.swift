import Foundation
import Support
import Testing

/// A mixture, as a chemist writes it down.
@Suite("A campaign with constraints", .timeLimit(.minutes(5)))
struct ConstrainedCampaignTests {
    private static let mixture = """
        campaign: NAME
        parameters:
          - {name: a, type: continuous, low: 0, high: 1, step: 0.05}
          - {name: b, type: continuous, low: 0, high: 1, step: 0.05}
          - {name: c, type: continuous, low: 0, high: 1, step: 0.05}
          - {name: solvent, type: categorical, options: [water, THF]}
        constraints:
          - a + b + c == 1
          - solvent != THF or a <= 0.4
          - {at_most: 2, of: [a, b, c]}
        objectives: [{name: y, goal: maximize}]
        budget: {measurements: 14}
        planner: {seed: 3, initial_design: {count: 5}}
        instrument: {exec: ./measure.sh, count: 2}
        """

    private func withMixture(
        _ text: String = mixture, _ body: (_ place: Workplace) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let place = Workplace(folder: folder, name: try freshName("mixture").rawValue)
            try text.replacingOccurrences(of: "NAME", with: place.name)
                .write(toFile: place.file, atomically: true, encoding: .utf8)
            let script = "\(folder)/measure.sh"
            try "#!/bin/sh\necho \"{\\\"y\\\": $(awk \"BEGIN { print $BURETTE_A * $BURETTE_B }\")}\"\n"
                .write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            try await body(place)
        }
    }

    private func burette(_ place: Workplace, _ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: place.local).outcome()
    }

    @Test("measures only what satisfies them, tells their change, and is replayed bit for bit")
    func mixture() async throws {
        try await withMixture { place in
            let doctor = try await burette(place, "doctor", place.file)
            #expect(
                doctor.output.contains("ok    constraints: ") && doctor.output.contains("satisfy all 3, such as a="))
            let outcome = try await burette(place, "run", place.file)
            #expect(outcome.status == 0 && outcome.output.contains("14 measured"), "\(outcome.errors)")
            let rows = try await burette(place, "export", place.name).output.split(separator: "\n").dropFirst()
            #expect(rows.count == 14)
            for row in rows {
                let cells = row.split(separator: ",").suffix(5)
                let parts = cells.prefix(3).compactMap { Double($0) }
                #expect(abs(parts.reduce(0, +) - 1) < 1e-9 && parts.count { $0 > 0 } <= 2, "\(row)")
                #expect(!cells.contains("THF") || parts[0] <= 0.4, "\(row)")
            }
            for job in ["3", "9", "14"] {
                let replay = try await burette(place, "replay", place.name, job)
                #expect(
                    replay.output.contains("the same, to the last bit") || replay.output.contains("no model"),
                    "\(replay.output)")
            }
            try String(contentsOfFile: place.file, encoding: .utf8)
                .replacingOccurrences(of: "a <= 0.4", with: "a <= 0.2")
                .replacingOccurrences(of: "measurements: 14", with: "measurements: 16")
                .write(toFile: place.file, atomically: true, encoding: .utf8)
            let changed = try await burette(place, "run", place.file)
            #expect(changed.status == 0 && changed.output.contains("16 measured"), "\(changed.errors)")
            #expect(changed.output.contains("constraints from ") && changed.output.contains("a <= 0.2"))
        }
    }

    @Test("refuses a point that a person asks for and that violates one, and keeps what was measured there")
    func fromOutside() async throws {
        try await withMixture { place in
            _ = try await burette(place, "run", place.file)
            let refused = try await burette(
                place, "inject", place.name, "--set", "a=0.5", "--set", "b=0.5", "--set", "c=0", "--set", "solvent=THF")
            #expect(refused.status != 0)
            let table = "\(place.folder)/old.csv"
            try "a,b,c,solvent,y\n0.5,0.5,0,THF,0.25\n0.5,0.5,0,water,0.3\n".write(
                toFile: table, atomically: true, encoding: .utf8)
            let imported = try await burette(place, "import", place.name, table)
            #expect(imported.status == 0 && imported.errors.contains("2 measurements imported"), "\(imported.errors)")
            #expect(
                imported.errors.contains(
                    "1 of the rows does not satisfy the constraints (\"solvent != THF or a <= 0.4\""))
        }
    }

    @Test(
        "says what is wrong with them, with line and character, or which of them contradict one another",
        arguments: [
            ("a + b + c == 1", "a + b + q == 1", ":8: constraint 1, \"a + b + q == 1\": \"q\" is no parameter"),
            ("solvent != THF", "solvent != ethanol", ":9: constraint 2"),
            ("{at_most: 2,", "{most: 2,", ":10: constraint 3: unknown key \"most\""),
            ("a + b + c == 1", "a + b + c == 4", "no point of the space satisfies the constraint \"a + b + c == 4\""),
            (
                "solvent != THF or a <= 0.4", "a + b + c >= 1.5",
                "no point of the space satisfies these constraints together"
            ),
        ])
    func mistakes(old: String, new: String, says: String) async throws {
        try await withMixture(Self.mixture.replacingOccurrences(of: old, with: new)) { place in
            let outcome = try await burette(place, "run", place.file)
            #expect(outcome.status == 65 && outcome.errors.contains(says), "\(outcome.errors)")
        }
    }
}
