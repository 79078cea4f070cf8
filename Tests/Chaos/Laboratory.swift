import AMQP
import Campaigns
import EventStore
import Foundation
import Surrogates

/// Two planners and their workers on one campaign, and what befalls them.
struct Laboratory {
    let site: Site
    private var random: RandomNumbers
    let name = Laboratory.campaign
    private let file: String
    private var deck: [Fault] = []
    let planners: [Party]
    let workers: [Party]
    private(set) var books: [LedgerReader]
    /// The openings of planners in the order in which they were seen, whatever the planners' clocks say.
    private var openings: [Opening] = []
    var parties: [Party] { planners + workers }

    /// A planner that took the campaign up, and when that was seen.
    private struct Opening {
        let event: EventID
        let planner: String
        let seen: Date
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
        workers = try (1...(site.hasHosts ? 8 : 4)).map {
            try Party(
                "worker\($0)", 10 + $0,
                [
                    "work", name, "--surface", "branin", "--duration", "0.05...0.6", "--noise", "0.001", "--name",
                    "w\($0)", "--log-level", "debug",
                ], site: site)
        }
        books = planners.map { LedgerReader(path: "\(site.work)/\($0.name)/\(name).sqlite") }
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
        let (began, known) = (Date(), openings.count)
        let whom = try await inflict(fault)
        // What is on its way when a fault ends is no sign of life: only what is begun after it.
        let over = Date()
        let recovered = try await wait(90) { $0.activeBook.map { $0.lastBegun > over } ?? false }
        let takeover =
            fault == .killPlanner && openings.count > known
            ? openings[known].seen.timeIntervalSince(began) : nil
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
            let index = pick(Array(0..<site.nodes))
            try site.killNode(index)
            try await pass(fault == .loseNode ? uniform(1, 6) : 0.2)
            try site.startNode(index)
            return "node \(index + 1)"
        case .cutNode:
            let index = pick(Array(0..<site.nodes))
            try site.setNode(index, up: false)
            try await pass(uniform(5, 20))
            try site.setNode(index, up: true)
            return "node \(index + 1)"
        case .loseHost:
            // Nothing tells the broker that the process has ended.
            let worker = pick(workers)
            try site.setNetwork(worker.number, up: false)
            let seconds = uniform(10, 30)
            worker.die(for: seconds)
            try await pass(seconds)
            try site.setNetwork(worker.number, up: true)
            return worker.name
        case .leave:
            let leaving = workers.shuffled(using: &random).prefix(3)
            try await leave(Array(leaving), for: uniform(3, 10))
            return leaving.map(\.name).joined(separator: ", ")
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
        let connection = try await Connection.open(try Endpoint(uri: site.nearBroker), name: "chaos")
        try await connection.openChannel().deleteQueue("burette.\(name).\(kind)")
        await connection.close()
        return "burette.\(name).\(kind)"
    }

    /// Workers finish their measurements and end; after some seconds they are back.
    private mutating func leave(_ leaving: [Party], for seconds: Double) async throws {
        for worker in leaving {
            worker.isWanted = false
            worker.signal(SIGTERM)
        }
        try await pass(seconds)
        for worker in leaving { worker.isWanted = true }
    }

    /// Says how busy the workers are: all of them, half of them, and all again.
    mutating func tellUtilization() async throws {
        for count in [workers.count, workers.count / 2, workers.count] {
            for (index, worker) in workers.enumerated() where worker.isWanted != (index < count) {
                worker.isWanted = index < count
                if index >= count { worker.signal(SIGTERM) }
            }
            try await pass(5)
            let (seconds, known) = (20.0, activeBook?.events.count ?? 0)
            try await pass(seconds)
            let busy = (activeBook?.events ?? []).dropFirst(known).reduce(0.0) { sum, event in
                if case .measured(let measurement) = event.body {
                    sum + measurement.ended - measurement.began
                } else {
                    sum
                }
            }
            say("\(count) workers: measuring \(Int((100 * busy / seconds / Double(count)).rounded())) % of the time")
        }
    }

    /// The planner that last took the campaign up; it signs with its process.
    private var active: Party? {
        let last = openings.last?.planner.split(separator: "-").last.flatMap { Int32($0) }
        return planners.first { $0.isRunning && $0.identifier == last }
    }

    /// The ledger of the planner that plans: the other one's only tells what the feed does.
    var activeBook: LedgerReader? {
        guard let active else { return nil }
        return zip(planners, books).first { $0.0 === active }?.1
    }

    // MARK: Time

    /// Lets time pass, in which whoever has ended is started anew and the ledgers are read.
    private mutating func pass(_ seconds: Double) async throws { _ = try await wait(seconds) { _ in false } }

    /// Waits for something in the ledgers; how many seconds it took, or nil if it did not come.
    mutating func wait(_ seconds: Double, for condition: (Laboratory) -> Bool) async throws -> Double? {
        let began = Date()
        while Date().timeIntervalSince(began) < seconds {
            for party in parties { try party.tend() }
            try await read()
            if condition(self) { return Date().timeIntervalSince(began) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    mutating func read() async throws {
        for index in books.indices {
            for event in try await books[index].read() {
                guard case .opened(let opening) = event.body, !openings.contains(where: { $0.event == event.id }) else {
                    continue
                }
                openings.append(Opening(event: event.id, planner: opening.planner, seen: Date()))
            }
        }
    }
}
