import Brokers
import Campaigns
import Foundation
import Logging
import PlannerService
import Planners
import ServiceRuntime
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

@Suite("Workers that cannot do everything", .timeLimit(.minutes(5)))
struct CapabilityTests {
    private static func instrument(_ name: String, _ seen: Collected) -> Measuring {
        Measuring { job in
            seen.add(name, job.parameters)
            try await Task.sleep(for: .milliseconds(5))
            return ["branin": job.parameters["x0"]?.number ?? 0]
        }
    }

    @Test(
        "measure a campaign together, each what it can, and none stands idle for want of a job that it can do",
        arguments: BrokerKind.available)
    func together(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 30 }) { laboratory in
            let (low, high) = (try Capability(texts: ["x0=-5...0"]), try Capability(texts: ["x0=0...10", "x1=0...5"]))
            let seen = Collected()
            // Each begins when the other is there, and lasts as long.
            func instrument(_ name: String) -> Measuring {
                Measuring { job in
                    seen.add(name, job.parameters)
                    _ = await eventually(within: 60) { !seen["low"].isEmpty && !seen["high"].isEmpty }
                    try await Task.sleep(for: .milliseconds(50))
                    return ["branin": job.parameters["x0"]?.number ?? 0]
                }
            }
            let state = try await laboratory.run([instrument("low"), instrument("high")], only: [low, high])
            #expect(state.measured == 30 && state.pending.isEmpty && state.tally.duplicates == 0)
            for (name, only) in [("low", low), ("high", high)] {
                #expect(seen[name].count >= 6 && seen[name].allSatisfy(only.admits), "\(name): \(seen[name])")
            }
        }
    }

    @Test("end a campaign when the parts that they can measure make up the whole space, and that is measured")
    func exhausted() async throws {
        try await Laboratory.with(
            .embedded,
            {
                $0.space = ParameterSpace([
                    Parameter(name: "x0", domain: .discrete(levels: [1, 2, 3], scale: .linear)),
                    Parameter(name: "s", domain: .categorical(options: ["a", "b"], descriptors: nil)),
                ])
            }
        ) { laboratory in
            let (one, other) = (try Capability(texts: ["s=a"]), try Capability(texts: ["s=b"]))
            let state = try await laboratory.run([quick, quick], only: [one, other])
            #expect(state.isFinished && state.measured == 6 && state.pending.isEmpty)
        }
    }

    @Test(
        "get their queue back when it was deleted by hand, and the jobs that stood in it",
        .enabled(if: TestBroker.isThere))
    func deletedQueue() async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let (low, name) = (try Capability(texts: ["x0=-5...0"]), laboratory.campaign.name)
            let count = Mutex(0)
            let vandal = Measuring { job in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 4 {
                    try await withConnection {
                        try await $0.openChannel().deleteQueue(Topology.work(name, for: .restricted(low)))
                    }
                }
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            let state = try await laboratory.run([vandal], only: [low])
            #expect(state.measured == 20 && state.pending.isEmpty && state.tally.duplicates <= 2)
            #expect(state.observations.allSatisfy { low.admits($0.parameters) })
        }
    }

    @Test("leave what none of them can measure to the first one that can", arguments: BrokerKind.available)
    func stranded(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 1000 }) { laboratory in
            let (low, name) = (try Capability(texts: ["x0=-5...0"]), laboratory.campaign.name)
            let seen = Collected()
            let asking = Task {
                _ = await eventually(within: 30) { seen["low"].count >= 3 }
                let asked = Event.Injection(
                    job: JobID("asked"), parameters: ["x0": .number(7), "x1": .number(7)], values: nil, by: "ann",
                    reason: "")
                try await laboratory.broker.send(
                    order: Event(id: "ask", campaign: name, time: Date().timeIntervalSince1970, body: .injected(asked)))
                // It stands in the common queue, where nobody takes it, while the other goes on.
                #expect(try await eventually(within: 30) { try await laboratory.broker.depth(of: name).ready == 1 })
                let before = seen["low"].count
                #expect(await eventually(within: 30) { seen["low"].count >= before + 3 })
                #expect(try await laboratory.broker.depth(of: name) == QueueDepth(ready: 1, consumers: 0))
                let all = WorkerService(
                    campaign: name, name: "all", broker: laboratory.broker,
                    instrument: Self.instrument("all", seen), logger: laboratory.logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await all.run() }
                    #expect(await eventually(within: 30) { seen["all"].count >= 3 })
                    group.cancelAll()
                    do { try await group.waitForAll() } catch is CancellationError {}
                }
                try await laboratory.ledger.append([
                    Event(id: "s", campaign: name, time: 1, body: .stopped(.init(by: "ann", reason: "")))
                ])
            }
            let state = try await laboratory.run([Self.instrument("low", seen)], only: [low])
            try await asking.value
            #expect(seen["low"].allSatisfy(low.admits))
            #expect(seen["all"].first?["x0"] == .number(7))
            #expect(state.jobs[JobID("asked")].map { if case .measured = $0.status { true } else { false } } == true)
            #expect(state.isFinished && state.pending.isEmpty && state.tally.redelivered == 0)
        }
    }

    @Test("end the campaign although a job was lost, and one stands in its queue that none of them can measure")
    func lost() async throws {
        try await Laboratory.with(.embedded, { $0.budget.measurements = 6 }) { laboratory in
            let (low, name) = (try Capability(texts: ["x0=-5...0"]), laboratory.campaign.name)
            // Once no worker has anything to do, a minute is over at once: nobody is taken for lost who is only kept waiting.
            let passed = Mutex(0.0)
            let dependencies = Dependencies(
                now: { Date().timeIntervalSince1970 + passed.withLock { $0 } }, sleep: Dependencies.real.sleep,
                random: Dependencies.real.random, offloading: ThreadOffloading())
            let planner = PlannerService(
                campaign: laboratory.campaign, planner: try Planners.planner(for: laboratory.campaign),
                broker: laboratory.broker, ledger: laboratory.ledger, name: "test",
                dependencies: dependencies, logger: laboratory.logger)
            let worker = WorkerService(
                campaign: name, name: "low", broker: laboratory.broker, instrument: quick, only: low,
                logger: laboratory.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await planner.run() }
                // Somebody takes a job off the common queue, and nobody ever hears of it again.
                #expect(try await eventually { try await laboratory.broker.depth(of: name).ready > 0 })
                let thief = try await laboratory.broker.openWorker(name, as: "thief")
                let stolen = try #require(await Collector(thief.jobs).next())
                guard case .published(let lost) = try stolen.event(of: name).body else { throw Unexpected(nil) }
                try await thief.acknowledge(stolen)
                await thief.close()
                let asked = Event.Injection(
                    job: JobID("asked"), parameters: ["x0": .number(7), "x1": .number(7)], values: nil, by: "ann",
                    reason: "")
                try await laboratory.broker.send(
                    order: Event(id: "ask", campaign: name, time: dependencies.now(), body: .injected(asked)))
                #expect(
                    try await eventually {
                        CampaignState(try await laboratory.ledger.events().events).jobs[asked.job]?.status == .ready
                    })
                group.addTask { try await worker.run() }
                #expect(
                    try await eventually {
                        CampaignState(try await laboratory.ledger.events().events).pending == [lost.id, asked.job]
                    })
                passed.withLock { $0 = 120 }
                _ = try await group.next()
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            let state = CampaignState(try await laboratory.ledger.events().events)
            #expect(state.isFinished && state.pending.isEmpty && state.measured == 6)
            #expect(state.withdrawn > 0)
        }
    }
}

/// What workers were asked to measure.
private final class Collected: Sendable {
    private let points = Mutex<[String: [Point]]>([:])
    func add(_ name: String, _ point: Point) { points.withLock { $0[name, default: []].append(point) } }
    subscript(_ name: String) -> [Point] { points.withLock { $0[name] ?? [] } }
}
