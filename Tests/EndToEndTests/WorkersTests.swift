import Campaigns
import Execution
import Foundation
import Support
import Testing

/// Anyone's instrument: workers of every kind on one campaign over a real RabbitMQ.
@Suite(
    "Workers of every kind", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(3)),
    .serialized)
struct WorkersTests {
    private static let protocols = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Protocols/workers").path

    @Test(
        "measure one campaign together, one of them killed in the middle, and each result is there once with its worker's name"
    )
    func together() async throws {
        try await Workplace.with({
            $0.replacingOccurrences(of: "measurements: 20", with: "measurements: 40")
                .replacingOccurrences(of: "kind: gaussian-process", with: "kind: random")
        }) { place in
            try """
            def measure(x0, x1):
                if x0 > 2: raise ValueError("the stage ends at 2")
                return (x1 - 0.1291845 * x0 * x0 + 1.5915494 * x0 - 6) ** 2
            """.write(toFile: "\(place.folder)/measure.py", atomically: true, encoding: .utf8)
            let planner = try Program(["plan", place.file], environment: place.environment)
            var environment = place.environment
            environment["BURETTE_WORKER"] = "python"
            let python = try Program(
                ["\(Self.protocols)/worker.py", place.name], environment: environment, program: "/usr/bin/python3")
            let shell = try Program(
                ["work", place.name, "--exec", "\(Self.protocols)/measure.sh", "--name", "shell"],
                environment: place.environment)
            let function = try Program(
                ["work", place.name, "--python", "\(place.folder)/measure.py:measure", "--name", "function"],
                environment: place.environment)
            // The example package, where deploy/test has built it.
            let library = try ProcessInfo.processInfo.environment["BURETTE_TEST_EXAMPLE"].map { path in
                try Program([place.name, TestBroker.uri ?? ""], environment: place.environment, program: path)
            }
            let lost = try Program(
                ["work", place.name, "--exec", "sleep 100", "--name", "lost"], environment: place.environment)
            #expect(try await eventually(within: 30) { try await names(place).contains("lost") })
            lost.signal(SIGKILL)
            let outcome = try await planner.outcome(within: 120)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let state = CampaignState(
                try await Ledger.open(path: "\(place.folder)/data/\(place.name).sqlite", create: false).events().events)
            #expect(state.measured == 40 && state.pending.isEmpty && state.tally.duplicates == 0)
            let workers = state.jobs.values.compactMap { record -> String? in
                if case .measured(let measurement) = record.status { measurement.worker } else { nil }
            }
            #expect(Set(workers) == Set(["python", "shell", "function"] + (library == nil ? [] : ["swift"])))
            #expect(
                state.jobs.values.contains { record in
                    if case .failed(let failure) = record.status {
                        failure.reason.contains("the stage ends at 2")
                    } else {
                        false
                    }
                })
            for worker in [python, shell, function, library].compactMap(\.self) { worker.signal(SIGTERM) }
            #expect(try await Program.run("clear", place.name, "--yes", environment: place.environment).status == 0)
        }
    }

    private func names(_ place: Workplace) async throws -> [String] {
        let outcome = try await Program.run("status", place.name, "--json", environment: place.environment)
        let object = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return (object?["unacknowledged"] as? [[String: Any]] ?? []).compactMap { $0["worker"] as? String }
    }
}
