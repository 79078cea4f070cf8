import Campaigns
import Support
import Synchronization
import TestLaboratory
import Testing

@Suite("Orders of people who steer", .timeLimit(.minutes(1)))
struct SteeringTests {
    private static func order(_ id: String, _ body: Event.Body, in laboratory: Laboratory) async throws {
        try await laboratory.ledger.append([Event(id: id, campaign: laboratory.campaign.name, time: 1, body: body)])
    }

    @Test(
        "put ready jobs into another order, in which they are handed out; a planner that learns exchanges none of them",
        arguments: BrokerKind.available, [PlannerSettings.Kind.random, .gaussianProcess])
    func move(kind: BrokerKind, planner: PlannerSettings.Kind) async throws {
        try await Laboratory.with(kind) {
            $0.planner.kind = planner
            $0.planner.initialDesign.count = 3
            $0.planner.lookahead = 5
            $0.budget = Budget(measurements: 8)
        } _: { laboratory in
            // Past the initial design, with as many ready as the lookahead says.
            let three = Mutex(0)
            _ = try? await laboratory.run([
                Measuring { job in
                    guard
                        three.withLock({
                            $0 += 1; return $0
                        }) <= 3
                    else { throw CancellationError() }
                    return try await quick.body(job)
                }
            ])
            let ready = try await laboratory.run([]) { $0.measured == 3 && $0.circulating.count == 5 }
            let (first, last) = (try #require(ready.pending.first), try #require(ready.pending.last))
            let move = Event.Move(job: last, before: first, by: "ann", reason: "hot now")
            try await Self.order("m1", .moved(move), in: laboratory)
            let expected = [last] + ready.pending.dropLast()
            let moved = try await laboratory.run([]) { state in
                let numbers = state.pendingJobs.map(\.publicationNumber)
                return state.jobs[last]?.isMoved == true && state.circulating.count == 5 && numbers == numbers.sorted()
            }
            #expect(moved.pending == expected)
            let seen = Mutex<[JobID]>([])
            let state = try await laboratory.run([
                Measuring { job in
                    seen.withLock { $0.append(job.id) }
                    return try await quick.body(job)
                }
            ])
            #expect(state.measured == 8 && state.tally.duplicates == 0)
            #expect(seen.withLock { $0.first } == last)
            if planner == .random { #expect(seen.withLock { Array($0.prefix(5)) } == expected) }
        }
    }

    @Test(
        "change the budget of a campaign that runs, also for a planner that starts anew",
        arguments: BrokerKind.available)
    func budget(kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.budget = Budget(measurements: 4)
        } _: { laboratory in
            let half = try await laboratory.run([quick]) { $0.measured >= 2 }
            #expect(half.measured < 5)
            let more = Event.Budgeting(budget: Budget(measurements: 6), by: "ann", reason: "more beam time")
            try await Self.order("b1", .budgeted(more), in: laboratory)
            let state = try await laboratory.run([quick])
            #expect(state.measured == 6 && state.phase.reason == "all 6 measurements are done")
            #expect(try await laboratory.run([quick]).measured == 6)
            // The file says another budget than before.
            var changed = laboratory.campaign
            changed.budget.measurements = 7
            let second = Laboratory(
                campaign: changed, broker: laboratory.broker, ledger: laboratory.ledger, folder: laboratory.folder)
            #expect(try await second.run([quick]).measured == 7)
        }
    }
}
