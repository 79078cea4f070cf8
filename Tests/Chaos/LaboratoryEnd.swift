import Campaigns
import Foundation

extension Laboratory {
    /// Ends the campaign, and compares what the workers measured with what the ledger has. Returns what is wrong.
    mutating func finish() async throws -> [String] {
        let settled = Date()
        _ = try await wait(60) { $0.activeBook.map { $0.lastBegun > settled } ?? false }
        // Workers finish what they have in hand; then the campaign is stopped, and both planners end.
        for worker in workers {
            worker.isWanted = false
            worker.signal(SIGTERM)
        }
        var complaints: [String] = []
        for worker in workers where !worker.waitForEnd(30) { complaints.append("\(worker.name) does not end") }
        try site.shell("'\(site.bin)/burette' stop \(name) --broker '\(site.nearBroker)'")
        for planner in planners { planner.isWanted = false }
        for planner in planners where !planner.waitForEnd(60) {
            complaints.append("\(planner.name) does not end:\n\(planner.logged.suffix(5).joined(separator: "\n"))")
            planner.signal(SIGKILL)
        }
        // Each looks once more, and so takes in whatever came after its end.
        for planner in planners {
            try planner.start()
            if !planner.waitForEnd(60) || planner.status != 0 { complaints.append("\(planner.name) does not end well") }
        }
        try await read()
        for (planner, book) in zip(planners, books) { complaints += audit(book).map { "\(planner.name): \($0)" } }
        say("exits by themselves: \(parties.map { "\($0.name) \($0.exits.count)" }.joined(separator: ", "))")
        for party in parties { for exit in party.exits { say("  \(party.name): \(exit)") } }
        return complaints
    }

    /// The last words of everybody, for whoever looks for the reason.
    func showLogs() {
        for party in parties {
            let words = party.logged.filter {
                !$0.contains("running:") && !$0.contains("kept ") && !$0.contains("measured job")
            }
            say("-- \(party.name)\n" + words.suffix(8).joined(separator: "\n"))
        }
    }

    private func audit(_ book: LedgerReader) -> [String] {
        let state = CampaignState(book.events)
        var complaints: [String] = []
        let logs = workers.flatMap(\.logged)
        // `measured job JOB event=ID values=branin=VALUE`, and `kept ID` once it was on the disk.
        let made = logs.compactMap { $0.firstMatch(of: /measured job (\S+) event=(\w+) values=branin=(\S+)/) }
            .map { (job: String($0.1), id: String($0.2), value: Double($0.3)) }
        let kept = logs.compactMap { $0.firstMatch(of: /debug: kept (\w+)/) }.map { String($0.1) }
        let ids = Set(book.events.map(\.id))
        let missing = kept.filter { !ids.contains($0) }
        if !missing.isEmpty { complaints.append("\(missing.count) results that a worker had are not in the ledger") }
        let byJob = Dictionary(grouping: made, by: \.job)
        let foreign = state.observations.filter { observation in
            !(byJob[observation.job?.rawValue ?? ""] ?? []).contains { $0.value == observation.values["branin"] }
        }
        if !foreign.isEmpty { complaints.append("\(foreign.count) results in the ledger are in no worker's log") }
        if Set(state.observations.map(\.job)).count != state.measured { complaints.append("a job counts twice") }
        let values = state.observations.compactMap { $0.values["branin"] }
        if Set(values).count != values.count { complaints.append("a measurement counts twice") }
        if !state.pending.isEmpty {
            complaints.append(
                "\(state.pending.count) jobs are pending in the end: \(state.pendingJobs.map { ($0.job.id, $0.status) })"
            )
        }
        if !state.isFinished { complaints.append("the campaign is \(state.phase.word)") }
        if state.tally.unreadable > 0 { complaints.append("\(state.tally.unreadable) messages were unreadable") }
        say(
            "\(made.count) measurements in the workers' logs, \(kept.count) kept; in the ledger \(state.measured) measured, \(state.tally.duplicates) duplicates, \(state.dead) given up, \(state.withdrawn) taken back, \(state.pending.count) pending"
        )
        return complaints
    }
}
