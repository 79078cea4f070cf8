import Foundation
import ServiceRuntime
import Support
import Testing

@Suite("A process's health")
struct HealthTests {
    @Test("is written down, with what keeps its services from their work")
    func written() async throws {
        try await withFolder { folder in
            let (health, path) = (Health(), "\(folder)/health")
            var dependencies = Dependencies.real
            dependencies.sleep = { _ in try await Task.sleep(for: .milliseconds(1)) }
            let file = try HealthFile(health, path: path, dependencies: dependencies)
            func problems() throws -> [String] { try HealthReport(path: path).problems(now: dependencies.now()) }
            #expect(try problems().isEmpty)
            health.report("w1", "the broker does not answer")
            #expect(try await eventually { try problems() == ["w1: the broker does not answer"] })
            health.report("w1", nil)
            #expect(try await eventually { try problems().isEmpty })
            withExtendedLifetime(file) {}
        }
    }

    @Test("is bad when it has written nothing for half a minute")
    func silence() async throws {
        try await withFolder { folder in
            let path = "\(folder)/health"
            try #"{"time": 1000, "troubles": {}}"#.write(toFile: path, atomically: true, encoding: .utf8)
            let report = try HealthReport(path: path)
            #expect(report.problems(now: 1029).isEmpty && report.problems(now: 900).isEmpty)
            #expect(report.problems(now: 1030) == ["no sign of life for 30 s"])
        }
    }

    @Test("cannot be written where the folder is missing, and that is said at the start")
    func noFolder() {
        #expect(throws: FileError.self) { _ = try HealthFile(Health(), path: "/nowhere/health") }
    }
}
