import AMQP
import Brokers
import Campaigns
import EventStore
import Foundation
import Logging
import PlannerService
import Planners
import WorkerService

/// Whole campaigns with many workers whose measurements take no time, and ledgers of many events.
enum Marathon {
    static let workers = 1000
    static let results = 10_000
    static let events = 100_000

    /// One planner and a thousand workers, each with a link of its own, until all results are in the ledger.
    static func run(_ kind: Scene.Kind) async throws {
        try await withFolder { folder in
            let campaign = Campaign(
                name: try CampaignName("bench-\(UInt32.random(in: .min ... .max))"), space: space,
                objectives: [Objective(name: "y", goal: .minimize)],
                planner: PlannerSettings(kind: .random, seed: 1, lookahead: 100), budget: Budget(measurements: results))
            let broker = try kind.broker()
            (broker as? EmbeddedBroker)?.declare(campaign.name)
            let ledger = try Ledger.open(path: Ledger.path(of: campaign.name, in: folder), create: true)
            let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
            let planner = PlannerService(
                campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker, ledger: ledger,
                name: "bench", logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<workers {
                    let worker = WorkerService(
                        campaign: campaign.name, name: "w\(number)", broker: broker, instrument: Instant(), logger: logger)
                    group.addTask {
                        do { try await worker.run() } catch is CancellationError {}
                    }
                }
                try await planner.run()
                group.cancelAll()
            }
            let state = CampaignState(try await ledger.events().events)
            guard state.measured >= results, state.pending.isEmpty else { throw Scene.NoBroker() }
            try await broker.remove(campaign.name)
        }
    }

    /// A ledger with the events of some 30,000 jobs.
    static func fill(_ path: String) async throws {
        let ledger = try Ledger.open(path: path, create: true)
        let name = try CampaignName("bench")
        let campaign = Campaign(name: name, space: space, objectives: [Objective(name: "y", goal: .minimize)])
        func event(_ id: String, _ body: Event.Body) -> Event { Event(id: id, campaign: name, time: 1, body: body) }
        var batch = [event("opened", .opened(.init(planner: "p", software: "0", definition: campaign)))]
        var number = 0
        while number * 3 < events {
            number += 1
            let id = JobID(number: number, random: UInt64(number) &* 0x9E37_79B9)
            let earlier = (max(1, number - 8)..<number).map { JobID(number: $0, random: UInt64($0) &* 0x9E37_79B9) }
            var explanation = Explanation(planner: "gaussian-process 3", observations: number, pending: earlier.count)
            explanation.mean = 0.25
            explanation.standardDeviation = 0.125
            let job = Job(
                id: id, parameters: ["x0": .number(Double(number) / 7), "x1": .number(1 / Double(number))],
                objectives: ["y"], origin: .planned, explanation: explanation,
                basis: .init(observations: number, pending: earlier, failed: []), planSeconds: 0.01)
            batch.append(event("\(id).published", .published(job)))
            batch.append(event("\(id).s", .started(.init(job: id, worker: "w", redelivered: false))))
            batch.append(
                event(
                    "\(id).m",
                    .measured(.init(job: id, worker: "w", values: ["y": Double(number) / 3], began: 1, ended: 2))))
            if batch.count > 5000 {
                try await ledger.append(batch)
                batch = []
            }
        }
        try await ledger.append(batch)
        try ledger.close()
    }

    /// What a planner does with a ledger before it plans.
    static func open(_ path: String) async throws -> Int {
        let state = CampaignState(try await Ledger.open(path: path, create: false).events().events)
        return state.measured
    }

    static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("burette-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    private static let space = ParameterSpace([
        Parameter(name: "x0", domain: .continuous(low: -5, high: 10, scale: .linear)),
        Parameter(name: "x1", domain: .continuous(low: 0, high: 15, scale: .linear)),
    ])

    private struct Instant: Instrument {
        func measure(
            _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
        ) async throws -> MeasurementResult { ["y": job.parameters["x0"]?.number ?? 0] }
    }
}

/// A ledger that is written to.
actor Book {
    private let folder: String
    private let ledger: Ledger
    private var number = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("burette-\(UUID().uuidString)").path
        ledger = try Ledger.open(path: "\(folder)/c.sqlite", create: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func append(_ count: Int) async throws {
        let name = try CampaignName("bench")
        let events = (0..<count).map { offset in
            Event(
                id: "e\(number + offset)", campaign: name, time: 1,
                body: .measured(
                    .init(job: JobID("j\(number + offset)"), worker: "w", values: ["y": 1], began: 1, ended: 2)))
        }
        number += count
        try await ledger.append(events)
    }
}
