import ArgumentParser
import Foundation
import Simulation

/// Runs schedules of the simulation, as many as one likes.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Runs campaigns under a virtual clock, with everything that can befall them.")

    @Option(help: "How many schedules.") var count = 10_000
    @Option(help: "The first seed; each schedule has the next one.") var from: UInt64 = 1
    @Option(help: "Runs this one schedule, and prints every step.") var seed: UInt64?
    @Flag(help: "Ends after the first schedule that breaks a promise.") var stops = false
    @Option(help: "How many threads.") var threads: Int?
    @Option(help: "Breaks a rule on purpose: \(Sabotage.allCases.map { "\($0)" }.joined(separator: ", ")).")
    var breaking: String?

    func run() async throws {
        let sabotage = try breaking.map { name in
            guard let rule = Sabotage.allCases.first(where: { "\($0)" == name }) else {
                throw ValidationError("--breaking can be \(Sabotage.allCases.map { "\($0)" }.joined(separator: ", "))")
            }
            return rule
        }
        if let seed {
            let outcome = Schedule(seed: seed, sabotage: sabotage).run(traces: true)
            for line in outcome.trace { print(line) }
            print(outcome.violation.map { "seed \(seed), step \(outcome.steps): \($0)" } ?? "every promise was kept")
            throw outcome.violation == nil ? ExitCode.success : ExitCode.failure
        }
        let began = ContinuousClock.now
        let all = await Schedules.run(from: from, count: count, sabotage: sabotage, stops: stops, threads: threads) {
            now in
            FileHandle.standardError.write(Data("\(now.count) schedules, \(now.violations.count) violations\n".utf8))
        }
        print(
            "\(all.count) schedules in \(ContinuousClock.now - began): \(all.steps) steps, \(all.checks) checks of every promise,"
        )
        print("\(all.measured) measurements, \(all.duplicates) duplicates")
        for fault in Fault.allCases { print("  \(all.faults[fault] ?? 0) times \(fault.rawValue)") }
        for (seed, words) in all.violations.prefix(20) { print("VIOLATED, seed \(seed): \(words)") }
        print("\(all.violations.count) violations")
        if !all.violations.isEmpty { throw ExitCode.failure }
    }
}
