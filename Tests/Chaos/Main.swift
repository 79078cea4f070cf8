import ArgumentParser
import Campaigns
import Foundation

/// Real planners and workers against a real RabbitMQ, and everything that can befall them: started by deploy/chaos.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "chaos")

    @Option(help: "How many faults.") var rounds = 60
    @Option(help: "How many nodes RabbitMQ has here.") var nodes = 1
    @Option(help: "What befalls whom, and when.") var seed: UInt64?
    @Flag(help: "Leaves the broker and its queues alone: what befalls, befalls planners and workers.") var partiesOnly =
        false

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 0...999_999)
        say("chaos: \(rounds) rounds, \(nodes) node(s), --seed \(seed)")
        let site = try Site()
        var laboratory = try Laboratory(site: site, seed: seed)
        try laboratory.start()
        // A broker that is killed before it has written its own newest queues down may not come back with them.
        try await laboratory.settle()
        var table = Table()
        for round in 1...rounds {
            let fault = laboratory.next(
                of: Fault.possible(nodes: site.nodes, hosts: site.hasHosts).filter { !partiesOnly || $0.befallsParties }
            )
            let outcome = try await laboratory.suffer(fault)
            table.add(outcome)
            say("\(round)/\(rounds)  \(outcome)")
            if outcome.recovered == nil { laboratory.showLogs() }
        }
        say(table.text)
        if site.hasHosts { try await laboratory.tellUtilization() }
        let complaints = try await laboratory.finish()
        for complaint in complaints { say("WRONG: \(complaint)") }
        if !complaints.isEmpty { laboratory.showLogs() }
        guard complaints.isEmpty, table.allSurvived else { throw ExitCode.failure }
        say("chaos: the ledger and the workers' own logs agree")
    }
}

/// Prints a line at once, whatever reads it.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// How the faults went, by kind.
struct Table {
    private var outcomes: [Outcome] = []
    mutating func add(_ outcome: Outcome) { outcomes.append(outcome) }
    var allSurvived: Bool { outcomes.allSatisfy { $0.recovered != nil } }

    var text: String {
        var lines = [
            "| fault | rounds | survived | seconds to the next result, median | most |", "|---|---|---|---|---|",
        ]
        for fault in Fault.allCases {
            let these = outcomes.filter { $0.fault == fault }
            let seconds = these.compactMap(\.recovered).sorted()
            guard let most = seconds.last else { continue }
            lines.append(
                "| \(fault.rawValue) | \(these.count) | \(seconds.count) | \(seconds[seconds.count / 2].tenths) | \(most.tenths) |"
            )
        }
        let takeovers = outcomes.compactMap(\.takeover).sorted()
        if let most = takeovers.last {
            lines.append(
                "after a planner's death the other one plans: \(takeovers.count) times, median \(takeovers[takeovers.count / 2].tenths) s, at most \(most.tenths) s"
            )
        }
        return lines.joined(separator: "\n")
    }
}

/// What came of one fault.
struct Outcome: CustomStringConvertible {
    let fault: Fault
    let whom: String
    /// Seconds from the end of the fault to the next result in a ledger; nil if none came.
    let recovered: Double?
    /// Seconds from the death of the planner that held the campaign to the next one's first word.
    let takeover: Double?

    var description: String {
        let end = recovered.map { "a result after \($0.tenths) s" } ?? "NO RESULT ANY MORE"
        return "\(fault.rawValue) (\(whom)): \(end)" + (takeover.map { ", taken over after \($0.tenths) s" } ?? "")
    }
}

extension Double {
    var tenths: String { String(format: "%.2f", self) }
}
