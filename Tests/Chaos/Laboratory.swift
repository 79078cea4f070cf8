import AMQP
import Campaigns
import EventStore
import Foundation
import Surrogates

/// Two planners and four workers on one campaign, and what befalls them.
struct Laboratory {
    private let site: Site
    private var random: RandomNumbers
    private let name = Laboratory.campaign
    private let file: String
    private var deck: [Fault] = []
    private let planners: [Party]
    private let workers: [Party]
    private var books: [Book]
    private var parties: [Party] { planners + workers }

    /// A planner's ledger as it grows.
    fileprivate struct Book {
        let path: String
        var ledger: Ledger?
        var last: Int64 = 0
        /// When the newest planner took the campaign up, by its own clock.
        var opened = 0.0
        var openedBy = ""
        var events: [Event] = []
    }

    private static let campaign = "chaos"

    init(site: Site, seed: UInt64) throws {
        let name = Self.campaign
        self.site = site
        random = RandomNumbers(seed: seed)
        let file = "\(site.work)/campaign.yaml"
        self.file = file
        let campaign = """
            campaign: \(name)
            parameters:
              - {name: x0, type: continuous, low: -5, high: 10}
              - {name: x1, type: continuous, low: 0, high: 15}
            objectives: [{name: branin, goal: minimize}]
            planner: {kind: random, seed: 1, lookahead: 6}
            budget: {measurements: 1000000}
            workers: {pause_after_failures: 1000}
            """
        try campaign.write(toFile: file, atomically: true, encoding: .utf8)
        planners = try (1...2).map { try Party("planner\($0)", $0, ["plan", file], site: site) }
        workers = try (1...4).map {
            try Party(
                "worker\($0)", 10 + $0,
                [
                    "work", name, "--surface", "branin", "--duration", "0.05...0.6", "--noise", "0.001", "--name",
                    "w\($0)", "--log-level", "debug",
                ], site: site)
        }
        books = planners.map { Book(path: "\(site.work)/\($0.name)/\(name).sqlite") }
    }

    /// The next fault: each of `faults` comes once, in a random order, before any comes again.
    mutating func next(of faults: [Fault]) -> Fault {
        if deck.isEmpty { deck = faults.shuffled(using: &random) }
        return deck.removeLast()
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int(random.next() % UInt64(choices.count))]
    }

    private mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.unit() }

    mutating func start() throws {
        for party in parties { try party.start() }
    }

    /// Lets everybody work undisturbed for a while.
    mutating func settle() async throws { try await pass(8) }

    // MARK: Faults

    /// Lets a fault come at a random moment and go again, and waits for the next result.
    mutating func suffer(_ fault: Fault) async throws -> Outcome {
        try await pass(uniform(0.1, 1.5))
        let began = Date().timeIntervalSince1970
        let opened = books.map(\.opened).max() ?? 0
        let whom = try await inflict(fault)
        // What is on its way when a fault ends is no sign of life: only what is begun after it.
        let over = Date().timeIntervalSince1970
        let recovered = try await wait(90) { $0.activeBook?.hasResult(begunAfter: over) ?? false }
        var takeover: Double?
        if fault == .killPlanner, let next = books.map(\.opened).max(), next > opened, next > began {
            takeover = next - began
        }
        return Outcome(fault: fault, whom: whom, recovered: recovered, takeover: takeover)
    }

    private mutating func inflict(_ fault: Fault) async throws -> String {
        switch fault {
        case .killPlanner:
            // The other one stands by: what is timed is its taking over, not its start.
            while !planners.allSatisfy({ $0.seconds > 2 }) { try await pass(0.1) }
            let planner = active ?? pick(planners)
            planner.die(for: uniform(1, 4))
            return planner.name
        case .killWorker:
            let worker = pick(workers)
            worker.die(for: uniform(0, 2))
            return worker.name
        case .killAll:
            for party in parties { party.die(for: uniform(0, 2)) }
            return "all"
        case .stopPlanner, .stopWorker:
            let party = fault == .stopPlanner ? active ?? pick(planners) : pick(workers)
            party.signal(SIGSTOP)
            try await pass(uniform(0.5, 8))
            party.signal(SIGCONT)
            return party.name
        case .cutPlanner, .cutWorker:
            let party = fault == .cutPlanner ? active ?? pick(planners) : pick(workers)
            try site.setNetwork(party.number, up: false)
            try await pass(uniform(1, 10))
            try site.setNetwork(party.number, up: true)
            return party.name
        case .killBroker, .loseNode:
            let index = Int(random.next() % UInt64(site.ports.count))
            try site.killNode(index)
            try await pass(fault == .loseNode ? uniform(1, 6) : 0.2)
            try site.startNode(index)
            return "node \(index + 1)"
        case .alarm:
            try site.control("set_vm_memory_high_watermark 0.00001")
            try await pass(uniform(1, 5))
            try site.control("set_vm_memory_high_watermark 0.4")
            return "node 1"
        case .fullQueue:
            try site.control("set_policy full '^burette\\.\(name)\\.jobs$' '{\"max-length\":1}' --apply-to queues")
            try await pass(uniform(1, 5))
            try site.control("clear_policy full")
            return "burette.\(name).jobs"
        case .deleteWork: return try await delete("jobs")
        case .deleteInbox: return try await delete("results")
        case .deleteFeed: return try await delete("feed")
        }
    }

    private func delete(_ kind: String) async throws -> String {
        let connection = try await Connection.open(try Endpoint(uri: site.near), name: "chaos")
        try await connection.openChannel().deleteQueue("burette.\(name).\(kind)")
        await connection.close()
        return "burette.\(name).\(kind)"
    }

    /// The planner that last took the campaign up; it signs with its process.
    private var active: Party? {
        let last = books.max { $0.opened < $1.opened }?.openedBy.split(separator: "-").last.flatMap { Int32($0) }
        return planners.first { $0.isRunning && $0.identifier == last }
    }

    /// The ledger of the planner that plans: the other one's only tells what the feed does.
    private var activeBook: Book? {
        guard let active else { return nil }
        return zip(planners, books).first { $0.0 === active }?.1
    }

    // MARK: Time

    /// Lets time pass, in which whoever has ended is started anew and the ledgers are read.
    private mutating func pass(_ seconds: Double) async throws { _ = try await wait(seconds) { _ in false } }

    /// Waits for something in the ledgers; how many seconds it took, or nil if it did not come.
    private mutating func wait(_ seconds: Double, for condition: (Laboratory) -> Bool) async throws -> Double? {
        let began = Date()
        while Date().timeIntervalSince(began) < seconds {
            for party in parties { try party.tend() }
            for index in books.indices { try await books[index].read() }
            if condition(self) { return Date().timeIntervalSince(began) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    // MARK: The end

    /// Ends the campaign, and compares what the workers measured with what the ledger has. Returns what is wrong.
    mutating func finish() async throws -> [String] {
        let settled = Date().timeIntervalSince1970
        _ = try await wait(60) { $0.activeBook?.hasResult(begunAfter: settled) ?? false }
        // Workers finish what they have in hand; then the campaign is stopped, and both planners end.
        for worker in workers {
            worker.isWanted = false
            worker.signal(SIGTERM)
        }
        var complaints: [String] = []
        for worker in workers where !worker.waitForEnd(30) { complaints.append("\(worker.name) does not end") }
        try site.shell("'\(site.bin)/burette' stop \(name) --broker '\(site.near)'")
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
        for index in books.indices { try await books[index].read() }
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

    private func audit(_ book: Book) -> [String] {
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

extension Laboratory.Book {
    /// Whether it has a result that was begun after some time.
    fileprivate func hasResult(begunAfter time: Double) -> Bool {
        events.reversed().prefix(200).contains { event in
            if case .measured(let measurement) = event.body { measurement.began > time } else { false }
        }
    }

    /// Reads what has come into the ledger.
    fileprivate mutating func read() async throws {
        if ledger == nil { ledger = try? Ledger.open(path: path, create: false) }
        guard let ledger, let (new, last) = try? await ledger.events(after: last), !new.isEmpty else { return }
        self.last = last
        events += new
        for event in new {
            if case .opened(let opening) = event.body, event.time > opened {
                (opened, openedBy) = (event.time, opening.planner)
            }
        }
    }
}
