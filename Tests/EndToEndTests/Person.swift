import Campaigns
import EventStore
import Foundation
import Support
import Synchronization
import Testing

/// A person at a terminal, whom the test plays.
final class Person: Sendable {
    let terminal: Program
    private let seen = Mutex(0)

    init(_ place: Workplace, _ name: String) async throws {
        terminal = try Program.atTerminal(
            ["work", place.name, "--human", "--name", name], environment: place.environment)
    }

    init(at terminal: Program) { self.terminal = terminal }

    /// Whether a text appears behind what was seen so far.
    func sees(_ text: String) async throws -> Bool {
        await eventually(within: 30) {
            let shown = terminal.shown
            return seen.withLock { seen in
                let rest = shown.utf8.dropFirst(seen)
                guard let found = String(decoding: rest, as: UTF8.self).range(of: text) else { return false }
                seen += String(decoding: rest, as: UTF8.self)[..<found.upperBound].utf8.count
                return true
            }
        }
    }

    /// Answers the next job, and sees that it was understood and recorded.
    func answers(_ value: String, _ understood: String) async throws {
        #expect(try await sees("branin [g]: "))
        try terminal.type("\(value)\n")
        #expect(try await sees("Record \(understood)? [Y/n]"), "\(terminal.shown)")
        try terminal.type("\n")
        #expect(try await sees("Recorded."))
    }
}

extension Workplace {
    /// The fold of the planner's ledger.
    func state() async throws -> CampaignState {
        guard let ledger = try? Ledger.open(path: "\(folder)/data/\(name).sqlite", create: false) else {
            return CampaignState()
        }
        return CampaignState(try await ledger.events().events)
    }
}

extension CampaignState {
    /// The first objective's values by worker, in the order of their jobs.
    var measuredBy: [String: [Double]] {
        var values: [String: [Double]] = [:]
        for id in order {
            guard case .measured(let measurement)? = jobs[id]?.status else { continue }
            values[measurement.worker, default: []] += Array(measurement.values.values)
        }
        return values
    }

    /// Whether a measurement failed for a reason with `text` in it.
    func hasFailure(saying text: String) -> Bool {
        jobs.values.contains { record in
            if case .failed(let failure) = record.status { failure.reason.contains(text) } else { false }
        }
    }
}
