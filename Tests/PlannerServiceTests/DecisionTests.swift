import Brokers
import Campaigns
import Foundation
import Support
import Synchronization
import TestLaboratory
import Testing

/// What becomes of jobs that lost their worker, their time or their queue.
@Suite("A job in trouble", .timeLimit(.minutes(5)))
struct DecisionTests {
    @Test(
        "is held where the campaign says so, and measured or failed as a person decides",
        arguments: BrokerKind.available)
    func hold(kind: BrokerKind) async throws {
        for decision in Event.Release.Decision.allCases {
            try await Laboratory.with(kind) {
                $0.workers.redelivery = .hold
                $0.budget.measurements = 6
            } _: { laboratory in
                let once = Mutex(false)
                let leaving = Measuring { job in
                    if once.withLock({ was in
                        defer { was = true }; return !was
                    }) {
                        throw CancellationError()
                    }
                    return try await quick.body(job)
                }
                _ = try? await laboratory.run([leaving])
                let deciding = Task {
                    var held: JobRecord?
                    _ = try await eventually(within: 60) {
                        held = CampaignState(try await laboratory.ledger.events().events).held.first
                        return held != nil
                    }
                    let job = try #require(held).job.id
                    // Everything else goes on, up to what the held job may still take of the budget.
                    let five = try await eventually(within: 60) {
                        CampaignState(try await laboratory.ledger.events().events).measured == 5
                    }
                    #expect(five)
                    try await laboratory.broker.send(
                        order: Event(
                            id: "release", campaign: laboratory.campaign.name, time: 1,
                            body: .released(.init(job: job, decision: decision, by: "test", reason: "looked at it"))))
                    return job
                }
                let state = try await laboratory.run([quick])
                let job = try await deciding.value
                #expect(state.measured == 6 && state.pending.isEmpty && state.tally.duplicates == 0)
                #expect(state.observations.contains { $0.job == job } == (decision == .rerun))
                #expect(state.failed == (decision == .fail ? 1 : 0))
            }
        }
    }

    @Test(
        "is taken out of the queue where a person withdraws it, is no failure, and its point is not proposed again",
        arguments: BrokerKind.available)
    func unwanted(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.space = ParameterSpace([
                Parameter(name: "x0", domain: .discrete(levels: [1, 2, 3, 4, 5, 6], scale: .linear))
            ])
            $0.planner.kind = .random
            $0.planner.initialDesign.count = 4
        } _: { laboratory in
            let ready = try await laboratory.run([]) { $0.circulating.count == 4 }
            let unwanted = try #require(ready.jobs[ready.pending[1]]).job
            let release = Event.Release(job: unwanted.id, decision: .withdraw, by: "ann", reason: "too dear")
            try await laboratory.ledger.append([
                Event(id: "w", campaign: laboratory.campaign.name, time: 1, body: .released(release))
            ])
            // What is still wanted is published again, when the rest is out of the queue.
            _ = try await laboratory.run([]) { $0.pendingJobs.contains { $0.job.publication > 1 } }
            let state = try await laboratory.run([quick])
            // Six points: five are measured, and then nothing is left.
            #expect(state.measured == 5 && state.isFinished && state.tally.duplicates == 0)
            #expect(!state.observations.contains { $0.parameters == unwanted.parameters })
            #expect(state.failed == 0)
            #expect(state.jobs[unwanted.id]?.status.isOpen == false)
        }
    }

    @Test(
        "is held or failed where the campaign says so, although its planner is the next to have it",
        arguments: [WorkerSettings.Redelivery.hold, .fail], BrokerKind.available)
    func takenBack(redelivery: WorkerSettings.Redelivery, kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.workers.redelivery = redelivery
        } _: { laboratory in
            let (asked, name) = (JobID("asked"), laboratory.campaign.name)
            let injection = Event.Injection(
                job: asked, parameters: ["x0": .number(7), "x1": .number(7)], values: nil, by: "ann", reason: "")
            try await laboratory.ledger.append([Event(id: "ask", campaign: name, time: 1, body: .injected(injection))])
            let leaving = Measuring { job in
                guard job.id == asked else { return try await quick.body(job) }
                // The planner is to know that it has begun.
                try await Task.sleep(for: .milliseconds(200))
                throw CancellationError()
            }
            _ = try? await laboratory.run([leaving])
            // Nobody is there but the planner, and it takes everything out of the queue.
            try await laboratory.ledger.append([
                Event(id: "pause", campaign: name, time: 1, body: .paused(.init(by: "ann", reason: "")))
            ])
            let state = try await laboratory.run([]) { state in
                if case .paused = state.phase { state.circulating.isEmpty } else { false }
            }
            let events = try await laboratory.ledger.events().events
            #expect(state.jobs[asked]?.status.isHeld == (redelivery == .hold))
            #expect(state.failed == (redelivery == .fail ? 1 : 0))
            #expect(!events.contains { $0.body.type == "returned" && $0.body.job == asked })
        }
    }

    @Test("that takes too long is called overdue once, and its result counts when it comes", arguments: [true, false])
    func overdue(fails: Bool) async throws {
        try await Laboratory.with(.embedded) {
            $0.workers.timeout = 0.5
            $0.workers.overdue = fails ? .fail : .report
            $0.budget.measurements = 5
        } _: { laboratory in
            let first = Mutex(true)
            let slow = Measuring { job in
                let isFirst = first.withLock { first in
                    defer { first = false }; return first
                }
                if isFirst { try await Task.sleep(for: .seconds(3)) }
                return ["branin": 1]
            }
            let state = try await laboratory.run([slow])
            let events = try await laboratory.ledger.events().events
            #expect(events.count { $0.body.type == "overdue" } == 1)
            #expect(events.count { $0.body.type == "failed" } == (fails ? 1 : 0))
            #expect(state.measured == 5 && state.failed == 0 && state.tally.duplicates == 0)
        }
    }

    @Test(
        "stands in the queue again when the queue was deleted by hand", .enabled(if: TestBroker.isThere),
        arguments: CampaignQueue.allCases)
    func deletedQueue(queue: CampaignQueue) async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let name = laboratory.campaign.name
            let deleted = Mutex(false)
            let vandal = Measuring { job in
                if job.id.rawValue.hasPrefix("0004"),
                    !deleted.withLock({ was in
                        defer { was = true }; return was
                    })
                {
                    let queue = [CampaignQueue.work: "jobs", .inbox: "results", .feed: "feed"][queue] ?? ""
                    try await withConnection { try await $0.openChannel().deleteQueue("burette.\(name).\(queue)") }
                }
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            let state = try await laboratory.run([vandal, quick])
            #expect(state.measured == 20 && state.pending.isEmpty)
            // Whoever had a job while its queue went measures it, and so may another; no other result comes twice.
            #expect(state.tally.duplicates <= 2)
            let feed = try await FeedFold.events(of: name, at: laboratory.broker)
            #expect(CampaignState(feed).measured == 20)
        }
    }
}
