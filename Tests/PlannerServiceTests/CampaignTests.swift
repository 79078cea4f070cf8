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

    @Test("refuses results that are none, in words, and goes on", arguments: BrokerKind.available)
    func wrongResults(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let count = Mutex(0)
            let odd = Measuring { _ in
                switch count.withLock({
                    $0 += 1; return $0
                }) {
                case 1: ["yield": 1]
                case 2: ["branin": .nan]
                case 3: ["branin": 1, "more": 2]
                case 4: [:]
                default: ["branin": 1]
                }
            }
            let state = try await laboratory.run([odd])
            #expect(state.measured == 20 && state.failed == 4)
        }
    }

    @Test(
        "puts messages that it cannot take into the dead-letter queue, with the reason, and goes on",
        arguments: BrokerKind.available)
    func unreadableMessages(kind: BrokerKind) async throws {
        let grams = [Objective(name: "branin", goal: .minimize, unit: "g")]
        try await Laboratory.with(kind, { $0.objectives = grams }) { laboratory in
            let (name, broker) = (laboratory.campaign.name, laboratory.broker)
            let stranger = Measuring { job in
                if job.id.rawValue.hasPrefix("0003") {
                    let worker = try await broker.openWorker(name, as: "stranger")
                    for (id, body) in [
                        (
                            "unknown",
                            Event.Body.measured(
                                .init(job: JobID("no-such-job"), worker: "s", values: ["branin": 1], began: 1, ended: 2)
                            )
                        ),
                        ("wrong", .measured(.init(job: job.id, worker: "s", values: ["other": 1], began: 1, ended: 2))),
                        (
                            "backwards",
                            .measured(.init(job: job.id, worker: "s", values: ["branin": 1], began: 3, ended: 2))
                        ),
                        (
                            "other-unit",
                            .measured(
                                .init(
                                    job: job.id, worker: "s", values: ["branin": 1], began: 1, ended: 2,
                                    units: ["branin": "mg"]))
                        ),
                        (
                            "no-checksum",
                            .measured(
                                .init(
                                    job: job.id, worker: "s", values: ["branin": 1], began: 1, ended: 2,
                                    attachments: [.init(url: "file://h/x", sha256: "abc")]))
                        ),
                        ("impostor", .finished(.init(by: "s", reason: "no planner said so"))),
                    ] {
                        try await worker.publish(Event(id: id, campaign: name, time: 1, body: body))
                    }
                    await worker.close()
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([stranger])
            #expect(state.measured == 20 && state.tally.unreadable == 6 && state.tally.duplicates == 0)
        }
    }

    @Test(
        "takes the result of a job that it never published by its point, but none of an earlier campaign or of no place",
        arguments: BrokerKind.available)
    func foreignResults(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let (name, broker) = (laboratory.campaign.name, laboratory.broker)
            let point: Point = ["x0": .number(1), "x1": .number(2)]
            let now = Date().timeIntervalSince1970 + 3600
            @Sendable func result(_ job: String, _ began: Double, _ point: Point) -> Event {
                Event(
                    id: "result-\(job)", campaign: name, time: now,
                    body: .measured(
                        .init(
                            job: JobID(job), worker: "s", values: ["branin": 77], began: began, ended: now,
                            parameters: point)))
            }
            let stranger = Measuring { job in
                if job.id.rawValue.hasPrefix("0003") {
                    let worker = try await broker.openWorker(name, as: "stranger")
                    for event in [
                        result("lost", now, point), result("earlier", 1, point),
                        result("outside", now, ["x0": .number(1), "x1": .number(1000)]),
                        result("half", now, ["x0": .number(1)]),
                    ] { try await worker.publish(event) }
                    await worker.close()
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([stranger])
            #expect(state.measured == 20 && state.tally.unreadable == 3)
            #expect(state.observations.filter { $0.values == ["branin": 77] }.map(\.job) == [JobID("lost")])
        }
    }

    @Test("obeys orders that come by the ledger or by the broker", arguments: BrokerKind.available)
    func orders(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let name = laboratory.campaign.name
            func order(_ id: String, _ body: Event.Body) -> Event { Event(id: id, campaign: name, time: 1, body: body) }
            try await laboratory.ledger.append([order("p", .paused(.init(by: "operator", reason: "lunch")))])
            let resuming = Task {
                _ = try await eventually(within: 60) {
                    CampaignState(try await laboratory.ledger.events().events).openedAt != nil
                }
                try await Task.sleep(for: .seconds(1))
                let state = CampaignState(try await laboratory.ledger.events().events)
                #expect(state.measured == 0, "no job is handed out while the campaign is paused")
                try await laboratory.broker.send(order: order("r", .resumed(.init(by: "operator", reason: "fed"))))
            }
            let running = try await laboratory.run([quick]) { $0.measured >= 5 }
            try await resuming.value
            #expect(running.measured >= 5)
            try await laboratory.ledger.append([order("s", .stopped(.init(by: "operator", reason: "enough")))])
            let state = try await laboratory.run([quick])
            #expect(state.isFinished && state.pending.isEmpty && state.measured < 20)
        }
    }

    @Test("is not mixed with another one of its name", arguments: BrokerKind.available)
    func otherCampaign(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            _ = try await laboratory.run([quick]) { $0.measured >= 3 }
            var other = laboratory.campaign
            other.objectives = [Objective(name: "branin", goal: .maximize)]
            let confused = Laboratory(
                campaign: other, broker: laboratory.broker, ledger: laboratory.ledger, folder: laboratory.folder)
            await #expect(throws: LedgerError.self) { _ = try await confused.run([quick]) }
            let state = try await laboratory.run([quick])
            #expect(state.measured == 20)
        }
    }

    @Test("ends when its target is reached, and when its space is exhausted", arguments: BrokerKind.available)
    func otherEnds(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.budget = Budget(target: 9)
        } _: { laboratory in
            let falling = Mutex(20.0)
            let state = try await laboratory.run([
                Measuring { _ in
                    [
                        "branin": falling.withLock {
                            $0 -= 1; return $0
                        }
                    ]
                }
            ])
            guard case .finished(let reason) = state.phase else { throw Unexpected(nil) }
            #expect(reason.reason == "the target 9 is reached")
            // The worker may have taken what was ready before the planner knew.
            #expect((11...20).contains(state.measured) && state.pending.isEmpty)
        }
        try await Laboratory.with(kind) { campaign in
            campaign.space = ParameterSpace([
                Parameter(name: "x0", domain: .discrete(levels: [1, 2, 3, 4], scale: .linear))
            ])
            campaign.budget = Budget()
        } _: { laboratory in
            let state = try await laboratory.run([quick, quick])
            #expect(state.isFinished && state.measured == 4)
        }
    }

    @Test("exchanges ready recommendations for fresher ones after each result", arguments: BrokerKind.available)
    func refresh(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, learning) { laboratory in
            // Ends only when the planner has made something of the last result, however slow the machine is.
            let results = Mutex(0)
            let slow = Measuring { job in
                let earlier = results.withLock { count in
                    defer { count += 1 }; return count
                }
                _ = try await eventually(within: 30) {
                    let events = try await laboratory.ledger.events().events
                    guard events.count(where: { $0.body.type == "measured" }) == earlier else { return false }
                    let last = events.lastIndex { $0.body.type == "measured" } ?? 0
                    // The last job of the budget leaves nothing to exchange.
                    return earlier == 8 || events[last...].contains { $0.body.type == "published" }
                }
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            let state = try await laboratory.run([slow])
            #expect(state.withdrawn >= 3)
            let planned = state.observations.compactMap { $0.job.flatMap { state.jobs[$0]?.job } }.filter {
                $0.origin == .planned
            }
            // What was measured last knew all that was measured before it, but the one before.
            #expect((planned.last?.explanation?.observations ?? 0) >= state.measured - 2)
        }
    }

    /// Few measurements, planned by the planner that learns.
    private func learning(_ campaign: inout Campaign) {
        campaign.planner.kind = .gaussianProcess
        campaign.planner.initialDesign.count = 3
        campaign.budget.measurements = 9
    }
}

/// A count that many tasks raise.
private final class Count: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}
