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

@Suite("A campaign", .timeLimit(.minutes(5)))
struct CampaignTests {
    @Test("ends when the budget of attempts is used up, failures included", arguments: BrokerKind.available)
    func attempts(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget = Budget(attempts: 12) }) { laboratory in
            let seen = Mutex(0)
            let unreliable = Measuring { job in
                let number = seen.withLock { seen in
                    seen += 1
                    return seen
                }
                if number % 3 == 0 { throw MeasurementFailure("clogged") }
                return try await quick.body(job)
            }
            let state = try await laboratory.run([unreliable, unreliable])
            #expect(state.measured == 8 && state.failed == 4 && state.pending.isEmpty, "\(state.measured)")
            guard case .finished(let reason) = state.phase else { throw Unexpected(nil) }
            #expect(reason.reason == "all 12 attempts are made: 8 measured, 4 failed")
        }
    }

    @Test("measures its budget, leaves nothing pending, and counts nothing twice", arguments: BrokerKind.available)
    func wholeCampaign(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, learning) { laboratory in
            // The first three measurements wait for one another, so that no worker comes when all is done.
            let begun = Count()
            let together = Measuring { job in
                begun.increment()
                while begun.value < 3 { try await Task.sleep(for: .milliseconds(2)) }
                return try await quick.body(job)
            }
            let state = try await laboratory.run([together, together, together])
            let report = Report(of: laboratory.campaign, state)
            #expect(report.state == "finished")
            #expect(report.measured == 9 && report.pending == 0 && report.duplicates == 0 && report.failed == 0)
            #expect(report.workers == 3)
            #expect(Set(state.observations.map(\.parameters)).count == 9, "no point is measured twice")
            #expect(try await laboratory.broker.depth(of: laboratory.campaign.name).ready == 0)
        }
    }

    @Test("goes on after its planner was cut off anywhere, as often as that happens", arguments: BrokerKind.available)
    func interruptions(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, learning) { laboratory in
            var state = CampaignState()
            var rounds = 0
            while !state.isFinished {
                rounds += 1
                let goal = state.measured + Int.random(in: 1...3)
                state = try await laboratory.run([quick, quick]) { $0.measured >= goal }
                #expect(rounds < 40)
            }
            let report = Report(of: laboratory.campaign, state)
            #expect(report.measured == 9 && report.pending == 0 && report.duplicates == 0)
        }
    }

    @Test("rebuilds a ledger that was lost from the feed", .enabled(if: TestBroker.isThere))
    func rebuild() async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let half = try await laboratory.run([quick, quick]) { $0.measured >= 8 }
            #expect(half.measured >= 8)
            let empty = try Ledger.open(path: "\(laboratory.folder)/other.sqlite", create: true)
            let elsewhere = Laboratory(
                campaign: laboratory.campaign, broker: laboratory.broker, ledger: empty, folder: laboratory.folder)
            let state = try await elsewhere.run([quick, quick])
            #expect(state.measured == 20 && state.pending.isEmpty && state.tally.duplicates == 0)
            let first = Set(half.observations.compactMap(\.job))
            #expect(first.isSubset(of: Set(state.observations.compactMap(\.job))))
        }
    }

    @Test("publishes a job again that is in the ledger and that the broker never had", arguments: BrokerKind.available)
    func unpublished(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let (name, point) = (laboratory.campaign.name, ["x0": ParameterValue.number(1), "x1": .number(2)])
            let job = Job(id: JobID("0001-lost"), parameters: point, objectives: ["branin"], origin: .initial)
            try await laboratory.ledger.record(
                [Event(id: "\(job.id).published", campaign: name, time: 1, body: .published(job))],
                unconfirmed: [job.id], after: 0)
            let state = try await laboratory.run([quick])
            #expect(state.observations.contains { $0.job == job.id })
            #expect(state.measured == 20)
        }
    }

    @Test("whose feed was deleted by hand has all that its ledger had in a new one, in its order, before anything else")
    func feedFromLedger() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            _ = try await laboratory.run([quick]) { $0.measured >= 4 }
            let before = try await laboratory.ledger.events().events.map(\.id)
            let broker = try #require(laboratory.broker as? EmbeddedBroker)
            broker.removeFeed(of: laboratory.campaign.name)
            // Without workers, who would speak in between.
            _ = try await laboratory.run([]) { _ in true }
            let feed = broker.feedIDs(of: laboratory.campaign.name)
            #expect(Array(feed.prefix(before.count)) == before)
            #expect(try await Set(laboratory.ledger.events().events.map(\.id)).isSubset(of: feed))
        }
    }

    @Test("is read from a feed that has an event twice as from one that has it once")
    func twiceInTheFeed() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            _ = try await laboratory.run([quick]) { $0.measured >= 4 }
            let before = try await FeedFold.events(of: laboratory.campaign.name, at: laboratory.broker)
            let link = try await laboratory.broker.openPlanner(laboratory.campaign.name, as: "test", wait: false) {}
            try await link.restore(before.suffix(10))
            await link.close()
            #expect(try await FeedFold.events(of: laboratory.campaign.name, at: laboratory.broker) == before)
        }
    }

    @Test("runs a job again whose worker was lost in the middle", arguments: BrokerKind.available)
    func lostWorker(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let lost = Mutex(false)
            let flaky = Measuring { job in
                // The first measurement of all never ends by itself: its worker is cancelled with the first run.
                if lost.withLock({ was in
                    defer { was = true }; return !was
                }) {
                    try await Task.sleep(for: .seconds(1000))
                }
                return ["branin": 1]
            }
            _ = try await laboratory.run([flaky, quick]) { $0.measured >= 4 }
            let state = try await laboratory.run([quick])
            #expect(state.measured == 20 && state.pending.isEmpty && state.tally.duplicates == 0)
        }
    }

    @Test("reports a lost worker's job as failed where it says so", arguments: BrokerKind.available)
    func redeliveryFails(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.workers.redelivery = .fail
        } _: { laboratory in
            let once = Mutex(false)
            let leaving = Measuring { job in
                if once.withLock({ was in
                    defer { was = true }; return !was
                }) {
                    throw CancellationError()
                }
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            // A worker that lets go gives its job back, and comes again.
            _ = try? await laboratory.run([leaving])
            let state = try await laboratory.run([quick])
            #expect(state.failed == 1)
            #expect(state.measured == 20 && state.pending.isEmpty)
        }
    }

    @Test("keeps failed measurements apart, and makes others in their place", arguments: BrokerKind.available)
    func failures(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let count = Mutex(0)
            let third = Measuring { _ in
                if count.withLock({
                    $0 += 1; return $0 % 3 == 0
                }) {
                    throw MeasurementFailure("the sample broke")
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([third])
            #expect(state.measured == 20 && state.failed >= 9 && state.pending.isEmpty)
        }
    }

    @Test(
        "tries a point again after an accident, as often as it says, and never after a failure that is the point's",
        arguments: BrokerKind.available)
    func accidents(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.workers.retries = 2
            $0.workers.pauseAfterFailures = 100
        } _: { laboratory in
            let tries = Mutex<[Point: Int]>([:])
            // Of three points one is infeasible, and one can be measured the third time only.
            let unlucky = Measuring { job in
                let (points, tried) = tries.withLock {
                    $0[job.parameters, default: 0] += 1
                    return ($0.count, $0[job.parameters] ?? 0)
                }
                if job.repeats == nil, points % 3 == 1 { throw MeasurementFailure("it clogged", kind: .infeasible) }
                if job.repeats == nil ? points % 3 == 2 : tried < 3 {
                    throw MeasurementFailure("the needle was bent", kind: .accident)
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([unlucky])
            #expect(state.measured == 20 && state.pending.isEmpty)
            for record in state.jobs.values {
                let again = state.jobs.values.filter { $0.job.repeats == record.job.id }
                guard case .failed(let failure) = record.status, failure.kind == .accident else {
                    #expect(again.isEmpty)
                    continue
                }
                // The campaign may have ended before.
                #expect(again.count <= 1 && again.allSatisfy { $0.job.parameters == record.job.parameters })
            }
            #expect(tries.withLock { $0.values.max() } == 3)
            #expect(state.jobs.values.contains { $0.job.repeats.flatMap { state.jobs[$0]?.job.repeats } != nil })
        }
    }

    @Test("is paused with the reason when too many measurements fail in a row", arguments: BrokerKind.available)
    func paused(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.workers.pauseAfterFailures = 4
        } _: { laboratory in
            let broken = Measuring { _ in throw MeasurementFailure("the lamp is off") }
            let state = try await laboratory.run([broken]) { if case .paused = $0.phase { true } else { false } }
            guard case .paused(let reason) = state.phase else {
                Issue.record("\(state.phase)")
                return
            }
            #expect(reason.reason.contains("the lamp is off"))
            // What was ready when the fourth failed may have been taken before it was withdrawn.
            #expect((4...11).contains(state.failed))
        }
    }
}
