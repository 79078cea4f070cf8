import Foundation
import Support
import Testing

/// What an operator's tools ask.
@Suite("For operators", .timeLimit(.minutes(5)))
struct OperationTests {
    @Test("a backup takes the place of a ledger that is gone, and the campaign goes on")
    func backup() async throws {
        try await Workplace.with { place in
            let data = "\(place.folder)/data"
            let running = try Program(
                ["run", place.file, "--speed", "3"], environment: ["BURETTE_DATA": data])
            #expect(try await eventually(within: 20) { (try await place.report()["measured"] as? Int ?? 0) >= 5 })
            let copy = "\(place.folder)/backup/\(place.name).sqlite"
            let outcome = try await Program.run("backup", place.name, copy, "--data", data)
            #expect(outcome.status == 0 && outcome.errors.contains("checked"), "\(outcome.errors)")
            running.signal(SIGKILL)
            _ = try await running.outcome()
            try FileManager.default.removeItem(atPath: data)
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: copy, toPath: "\(data)/\(place.name).sqlite")
            let again = try await Program.run(
                "run", place.file, "--speed", "1000", environment: ["BURETTE_DATA": data])
            #expect(again.status == 0 && again.errors.contains("Going on with"), "\(again.errors)")
            #expect(try await place.report()["measured"] as? Int == 20)
        }
    }
}
