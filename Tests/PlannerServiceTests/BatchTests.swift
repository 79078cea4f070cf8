import Brokers
import Campaigns
import EventStore
import Foundation
import Monitoring
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

@testable import PlannerService

@Suite("A campaign whose hardware takes several samples at once", .timeLimit(.minutes(5)))
struct BatchTests {
    private static func furnace(_ campaign: inout Campaign) {
        campaign.batches = BatchSettings(size: 4, shared: ["x0"])
        campaign.budget.measurements = 18
        campaign.workers.pauseAfterFailures = 100
    }

    /// What was published: the samples of each message.
    private func published(_ events: [Event]) -> [[Job]] {
        events.compactMap { if case .published(let job) = $0.body { job.experiments } else { nil } }
    }

    @Test(
        "publishes batches with shared values as one job each, and counts each sample's result",
        arguments: BrokerKind.available)
    func batches(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.furnace) { laboratory in
            let state = try await laboratory.run([quick, quick])
            #expect(state.measured == 18 && state.pending.isEmpty && state.tally.duplicates == 0)
            let messages = published(try await laboratory.ledger.events().events)
            #expect(messages.allSatisfy { Set($0.map { $0.parameters["x0"] }).count == 1 })
            #expect(messages.allSatisfy { (1...4).contains($0.count) } && messages.contains { $0.count == 4 })
            #expect(Set(messages.map { $0.first?.parameters["x0"] }).count > 2)
            let batch = try #require(state.jobs.values.first?.job.batch)
            #expect(state.experiments(of: batch.job).count == batch.size)
        }
    }

    @Test("replays every sample to the last bit, the first one and those that go with it")
    func replays() async throws {
        try await Laboratory.with(.embedded) {
            Self.furnace(&$0)
            $0.planner = PlannerSettings(kind: .gaussianProcess, seed: 5)
            $0.budget.measurements = 30
        } _: { laboratory in
            let state = try await laboratory.run([quick])
            let events = try await laboratory.ledger.events().events
            var (planned, replayed) = (0, 0)
            for id in state.order where state.jobs[id]?.job.isOwed == false {
                let replay = try Replay(of: id, in: events)
                #expect(replay.differences.isEmpty, "\(id): \(replay.differences)")
                replayed += 1
                if replay.job.explanation?.mean != nil { planned += 1 }
            }
            #expect(planned > 8 && replayed >= 30)
            let batch = try #require(state.batches.keys.first)
            #expect(throws: Replay.Obstacle.self) { try Replay(of: batch, in: events) }
        }
    }

    @Test(
        "loses no result and measures nothing twice when a worker is lost in the middle of a batch",
        arguments: BrokerKind.available)
    func lostWorker(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.furnace) { laboratory in
            let measured = Mutex<[JobID]>([])
            let dying = Measuring { job in
                if measured.withLock({ $0.count == 2 }) { throw CancellationError() }
                measured.withLock { $0.append(job.id) }
                return ["branin": 1]
            }
            _ = try? await laboratory.run([dying])
            let state = try await laboratory.run([
                Measuring { job in
                    measured.withLock { $0.append(job.id) }
                    return ["branin": 1]
                }
            ])
            #expect(state.measured == 18 && state.tally.duplicates == 0)
            let all = measured.withLock(\.self)
            #expect(Set(all).count == all.count && all.count == 18)
            // Its batch came again, with the two samples that were missing.
            let messages = published(try await laboratory.ledger.events().events)
            let again = try #require(messages.first { $0[0].publication == 2 })
            #expect(again.count == 2 && again.allSatisfy { !all.prefix(2).contains($0.id) })
        }
    }

    @Test("ends a batch that ends its workers, after it was delivered too often", arguments: BrokerKind.available)
    func poison(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            Self.furnace(&$0)
            $0.workers.redelivery = .rerun
        } _: { laboratory in
            let victim = Mutex<Set<JobID>>([])
            let deadly = Measuring { job in
                let isDeadly = victim.withLock { victim in
                    if victim.isEmpty { victim.insert(job.batch?.job ?? job.id) }
                    return victim.contains(job.batch?.job ?? job.id)
                }
                if isDeadly { throw CancellationError() }
                return ["branin": 1]
            }
            for _ in 0..<8 {
                let state = try? await laboratory.run([deadly])
                if state?.isFinished == true { break }
            }
            let state = CampaignState(try await laboratory.ledger.events().events)
            #expect(state.isFinished && state.measured == 18 && state.dead == 4)
        }
    }

    @Test("learns from each sample that failed, and from the others as well", arguments: BrokerKind.available)
    func partialFailures(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.furnace) { laboratory in
            let count = Mutex(0)
            let third = Measuring { _ in
                if count.withLock({
                    $0 += 1; return $0 % 3 == 0
                }) {
                    throw MeasurementFailure("it cracked", kind: .infeasible)
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([third])
            #expect(state.measured == 18 && state.failed >= 8 && state.pending.isEmpty)
            let failed = state.failedJobs.map(\.job.id)
            #expect(failed.allSatisfy { state.jobs[$0]?.job.batch != nil })
        }
    }

    /// Hardware that is asked for whole batches.
    private struct Furnace: Instrument {
        let heat: @Sendable (Job) async throws -> [JobID: [String: Double]]

        func measure(
            _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
        ) async throws -> MeasurementResult {
            throw MeasurementFailure("only batches go into the furnace")
        }

        func measure(
            batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
            outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
        ) async throws {
            let values = try await heat(batch)
            // They cool in an order of their own.
            for (id, values) in values.sorted(by: { $0.key > $1.key }) {
                outcome(id, .success(MeasurementResult(values)))
            }
        }
    }

    @Test(
        "calls what has no result failed, where an instrument breaks or forgets a sample; accidents are tried again together",
        arguments: BrokerKind.available)
    func wholeBatches(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.furnace) { laboratory in
            let runs = Mutex(0)
            let furnace = Furnace { batch in
                let run = runs.withLock {
                    $0 += 1
                    return $0
                }
                if run == 1 { throw MeasurementFailure("the power was off", kind: .accident) }
                let samples = batch.experiments.map(\.id).dropLast(run == 2 ? 1 : 0)
                return Dictionary(uniqueKeysWithValues: samples.map { ($0, ["branin": 1]) })
            }
            let state = try await laboratory.run([furnace])
            #expect(state.measured == 18 && state.failed(.accident) == 4)
            // The power failure was one event, and its points were tried again as one batch.
            let events = try await laboratory.ledger.events().events
            let failures = events.compactMap { if case .failed(let failure) = $0.body { failure } else { nil } }
            #expect(failures.filter { $0.kind == .accident }.count == 1)
            #expect(failures.contains { $0.reason.contains("without a result of 1 of") })
            let again = published(events).filter { $0.contains { $0.repeats != nil } }
            #expect(
                again.count == 1 && again.first?.count == 4 && again.first?.allSatisfy { $0.repeats != nil } == true)
        }
    }

    @Test(
        "puts points that a person asks for into one batch where they share its values, and fills it with its own",
        arguments: BrokerKind.available)
    func requests(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.furnace) { laboratory in
            let asked: [(Double, Double)] = [(1, 2), (3, 4), (1, 6), (1, 8)]
            let orders = asked.enumerated().map { number, point in
                Event(
                    id: "ask-\(number)", campaign: laboratory.campaign.name, time: 1,
                    body: .injected(
                        .init(
                            job: JobID("asked-\(number)"),
                            parameters: ["x0": .number(point.0), "x1": .number(point.1)], values: nil, by: "ann",
                            reason: "a hunch")))
            }
            _ = try await laboratory.run([]) { $0.openedAt != nil }
            try await laboratory.ledger.append(orders)
            let state = try await laboratory.run([quick])
            #expect(state.measured == 18 && state.tally.given == 4 && state.pending.isEmpty)
            let batches = published(try await laboratory.ledger.events().events).filter { $0.contains(where: \.isOwed) }
            #expect(batches.map { $0.filter(\.isOwed).count }.sorted() == [1, 3])
            #expect(batches.allSatisfy { $0.count == 4 && Set($0.map { $0.parameters["x0"] }).count == 1 })
        }
    }

    @Test("has a point wait for others that go with it, no longer than it may, and only while its hardware is busy")
    func fill() async throws {
        let batches = BatchSettings(size: 3, shared: ["x0"], fill: 60)
        let counts = try await WorkQueueCounts([]) { _ in QueueDepth(ready: 1, consumers: 1) }
        func requested(_ id: String, _ x0: Double) -> OwedExperiment {
            .requested(
                Job(
                    id: JobID(id), parameters: ["x0": .number(x0), "x1": .number(1)], objectives: [], origin: .injected)
            )
        }
        let (a, b, c, d) = (requested("a", 1), requested("b", 1), requested("c", 2), requested("d", 1))
        var busy = CampaignState()
        let other = Job(id: JobID("0"), parameters: [:], objectives: [], origin: .planned)
        busy.apply(Event(id: "0", campaign: try freshName(), time: 0, body: .published(other)))
        var assembly = BatchAssembly()
        func assembled(
            _ owed: [OwedExperiment], _ state: CampaignState, now: Double, hasPlannedAll: Bool = false
        ) -> [[JobID]] {
            assembly.assemble(owed, batches, counts, state, hasPlannedAll: hasPlannedAll, now: now)
                .map { $0.owed.map(\.job.id) }
        }
        #expect(assembled([a], busy, now: 0).isEmpty)
        #expect(assembled([a, b, c], busy, now: 59).isEmpty)
        #expect(assembled([a, b, c], busy, now: 60) == [[JobID("a"), JobID("b")]])
        #expect(assembled([a, b, c, d], busy, now: 60) == [[JobID("a"), JobID("b"), JobID("d")]])
        #expect(assembled([c], busy, now: 117, hasPlannedAll: true) == [[JobID("c")]])
        #expect(assembled([c], busy, now: 118).isEmpty)
        #expect(assembled([c], busy, now: 119) == [[JobID("c")]])
        #expect(assembled([c, d], CampaignState(), now: 119) == [[JobID("c")], [JobID("d")]])
    }
}
