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

// What comes from outside: results that are none, orders, other campaigns, and how a campaign ends.

extension CampaignTests {
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
    func learning(_ campaign: inout Campaign) {
        campaign.planner.kind = .gaussianProcess
        campaign.planner.initialDesign.count = 3
        campaign.budget.measurements = 9
    }
}

/// A count that many tasks raise.
final class Count: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}
