import ArgumentParser
import Foundation
import ServiceRuntime

/// `burette health`: how a planner or worker is that runs elsewhere in this container or on this machine.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Check a running planner or worker: exit 0 if it works, 1 with the reason if not.",
        discussion: help(
            "The planner or worker must have been started with --health FILE. It is unhealthy while its broker does not answer, and when it has written nothing for 30 s.",
            examples: "burette health /tmp/burette-health", "BURETTE_HEALTH=/tmp/burette-health burette health"))

    @Argument(help: "The file of its --health (BURETTE_HEALTH).") var file: String?

    func run() async throws {
        guard let file = file ?? HealthOptions.environment else {
            throw ValidationError("Say which file: burette health FILE, or BURETTE_HEALTH.")
        }
        let report: HealthReport
        do {
            report = try HealthReport(path: file)
        } catch {
            throw Failure("\(file) cannot be read: no planner or worker with --health \(file) has started")
        }
        let problems = report.problems(now: Date().timeIntervalSince1970)
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "; ")) }
        Output.data("healthy")
    }
}

/// Where a planner or worker says how it is.
struct HealthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File that this process keeps for `burette health`, for instance in a container (BURETTE_HEALTH).",
            valueName: "file"))
    var health: String?

    static var environment: String? {
        let path = ProcessInfo.processInfo.environment["BURETTE_HEALTH"] ?? ""
        return path.isEmpty ? nil : path
    }

    /// The dependencies of services that report their health, and what writes it down as long as it lives, where that is asked for.
    func start() throws -> (dependencies: Dependencies, file: HealthFile?) {
        guard let path = health ?? Self.environment else { return (.real, nil) }
        let health = Health()
        var dependencies = Dependencies.real
        dependencies.reportHealth = { health.report($0, $1) }
        return (dependencies, try HealthFile(health, path: path))
    }
}
