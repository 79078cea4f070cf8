import Campaigns
import EventStore
import Foundation
import Monitoring
import Support
import Testing

/// A campaign whose file is edited between two runs.
@Suite("A campaign that changes between runs", .timeLimit(.minutes(5)))
struct ChangedCampaignTests {
    private static let temperature = "{name: T, type: continuous, low: 20, high: 80, unit: C}"
    private static let stirring = "{name: rpm, type: discrete, levels: [100, 200, 400]}"
    private static let solvent = "{name: solvent, type: categorical, options: [water, THF, DMF]}"

    private func write(
        _ place: Workplace, _ parameters: [String], measurements: Int,
        objective: String = "{name: yield, goal: maximize}"
    ) throws {
        try """
        campaign: \(place.name)
        parameters: [\(parameters.joined(separator: ", "))]
        objectives: [\(objective)]
        budget: {measurements: \(measurements)}
        planner: {seed: 2, initial_design: {count: 4}}
        instrument: {exec: "./measure.sh", count: 2}
        """.write(toFile: place.file, atomically: true, encoding: .utf8)
    }

    /// A workplace whose campaign has eight measurements; the values rise with T, and DMF is best.
    private func withCampaign(_ body: (Workplace) async throws -> Void) async throws {
        try await withFolder { folder in
            let place = Workplace(folder: folder, name: try freshName("changing").rawValue)
            let script = "\(folder)/measure.sh"
            try """
            #!/bin/sh
            bonus=0
            [ "$BURETTE_SOLVENT" = DMF ] && bonus=100
            echo "{\\"yield\\": $(awk "BEGIN { print $BURETTE_T + $BURETTE_RPM / 100 + $bonus }")}"
            """.write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            try write(place, [Self.temperature, Self.stirring, Self.solvent], measurements: 8)
            let first = try await run(place)
            #expect(first.status == 0 && first.output.contains("8 measured"), "\(first.errors)")
            try await body(place)
        }
    }

    private func run(_ place: Workplace, _ command: String = "run") async throws -> Program.Outcome {
        try await Program([command, place.file], environment: place.local).outcome()
    }

    private func burette(_ place: Workplace, _ arguments: String...) async throws -> Program.Outcome {
        try await Program(arguments, environment: place.local).outcome()
    }

    @Test("goes on in the changed space, tells every change, and is replayed bit for bit")
    func changes() async throws {
        try await withCampaign { place in
            try write(
                place,
                [
                    "{name: T, type: continuous, low: 10, high: 50, unit: C}",
                    "{name: rpm, type: discrete, levels: [100, 300]}",
                    "{name: solvent, type: categorical, options: [water, THF, MeCN]}",
                    "{name: p, type: continuous, low: 1, high: 3, unit: bar, earlier: 1}",
                ], measurements: 16)
            let second = try await run(place)
            #expect(second.status == 0 && second.output.contains("16 measured, 0 failed"), "\(second.errors)")
            let says = [
                "range of T from 20...80 to 10...50", "levels of rpm from 100, 200, 400 to 100, 300",
                "options of solvent from water, THF, DMF to water, THF, MeCN",
                "p is added: continuous 1...3 bar; earlier measurements had 1",
            ]
            let status = try await burette(place, "status", place.name)
            for change in says {
                #expect(second.output.contains("by \(NSUserName()): \(change)"), "\(second.output)")
                #expect(status.output.contains(change), "\(status.output)")
            }
            let ledger = try Ledger.open(path: "\(place.folder)/data/\(place.name).sqlite", create: false)
            let events = try await ledger.events().events
            let state = CampaignState(events)
            let space = try #require(state.definition).space
            // What the second run measured, whatever order the first one ended in.
            let again = try #require(events.lastIndex { if case .opened = $0.body { true } else { false } })
            var measured = 0
            for event in events[again...] {
                guard case .measured(let measurement) = event.body else { continue }
                let point = try #require(state.jobs[measurement.job]?.job.parameters)
                #expect(space.refusal(of: point) == nil, "\(point)")
                measured += 1
            }
            #expect(measured == 8)
            let best = try #require(state.best(for: [Objective(name: "yield", goal: .maximize)]))
            #expect(space.refusal(of: best.parameters) == nil && best.values["yield"] ?? 999 < 60, "\(best)")
            for id in state.order {
                let replay = try Replay(of: id, in: events)
                #expect(replay.differences.isEmpty, "\(id): \(replay.differences)")
            }
            let rows = try await burette(place, "export", place.name).output.split(separator: "\n")
            try #require(rows.count == 17, "\(rows)")
            #expect(rows[0].hasSuffix("T,rpm,solvent,p,yield"))
            #expect(rows[1].split(separator: ",").dropLast().last == "1", "earlier rows had 1 bar: \(rows[1])")
        }
    }

    @Test(
        "is refused where earlier measurements would mean something else, with the reason, and goes on when that is taken back",
        arguments: [
            (["solvent"], "", "parameter solvent is gone"),
            ([], "{name: p, type: continuous, low: 1, high: 3}", "say with `earlier:`"),
            (
                ["T"], "{name: T, type: continuous, low: 293, high: 353, unit: K}",
                "changes its unit (C to K) and its values at once"
            ),
            (
                ["rpm"], "{name: rpm, type: categorical, options: [slow, fast]}",
                "cannot change between numbers and options"
            ),
        ])
    func refusals(without: [String], with added: String, reason: String) async throws {
        try await withCampaign { place in
            let all = ["T": Self.temperature, "rpm": Self.stirring, "solvent": Self.solvent]
            let kept = all.filter { !without.contains($0.key) }.map(\.value)
            try write(place, kept + (added.isEmpty ? [] : [added]), measurements: 12)
            let refused = try await run(place)
            #expect(refused.status == 65 && refused.errors.contains(reason), "\(refused.errors)")
            let doctor = try await run(place, "doctor")
            #expect(doctor.output.contains("FAIL  ledger") && doctor.output.contains(reason), "\(doctor.output)")
            try write(place, [Self.temperature, Self.stirring, Self.solvent], measurements: 9)
            let back = try await run(place)
            #expect(back.status == 0 && back.output.contains("9 measured"), "\(back.errors)")
            #expect(!back.output.contains("changed "), "\(back.output)")
        }
    }

    @Test(
        "takes ready jobs back that its space has no more, and counts the one that is being measured",
        .enabled(if: TestBroker.isThere))
    func pending() async throws {
        try await withFolder { folder in
            let place = Workplace(folder: folder, name: try freshName("changing").rawValue)
            try write(place, [Self.temperature], measurements: 6)
            let uri = ["--broker", try #require(TestBroker.uri)]
            let planner = try Program(["plan", place.file] + uri, environment: place.environment)
            let slow = try Program(
                [
                    "work", place.name, "--name", "w", "--exec",
                    "until rmdir \(folder)/go 2> /dev/null; do sleep 0.05; done; echo '{\"yield\": 7}'",
                ] + uri,
                environment: place.environment)
            func status() async throws -> String {
                try await Program(["status", place.name] + uri, environment: place.environment).outcome().output
            }
            #expect(await eventually(within: 30) { (try? await status())?.contains("1 being measured") == true })
            planner.signal(SIGTERM)
            #expect(try await planner.outcome(within: 20).status != 70)
            try write(place, ["{name: T, type: continuous, low: 100, high: 110, unit: C}"], measurements: 4)
            let again = try Program(["plan", place.file] + uri, environment: place.environment)
            #expect(await eventually(within: 30) { (try? await status())?.contains("range of T") == true })
            // Each measurement waits for a folder; the first is of before the change.
            for _ in 0..<4 {
                try FileManager.default.createDirectory(atPath: "\(folder)/go", withIntermediateDirectories: false)
                #expect(await eventually(within: 20) { !FileManager.default.fileExists(atPath: "\(folder)/go") })
            }
            let outcome = try await again.outcome(within: 60)
            #expect(outcome.status == 0 && outcome.output.contains("4 measured, 0 failed"), "\(outcome)")
            slow.signal(SIGTERM)
            _ = try await slow.outcome(within: 20)
            let rows = try await Program(["export", place.name] + uri, environment: place.environment).outcome().output
            let temperatures = rows.split(separator: "\n").dropFirst().compactMap { row in
                Double(row.split(separator: ",")[4])
            }
            #expect(temperatures.count { $0 < 100 } == 1 && temperatures.count { $0 >= 100 } == 3, "\(rows)")
        }
    }
}

extension JobStatus {
    fileprivate var isMeasured: Bool { if case .measured = self { true } else { false } }
}
