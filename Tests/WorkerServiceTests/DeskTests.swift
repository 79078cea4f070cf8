import Brokers
import Campaigns
import Foundation
import Planners
import ServiceRuntime
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

@Suite("A desk that a person measures at", .timeLimit(.minutes(5)))
struct DeskTests {
    @Test(
        "has one job at a time until it is answered with a result, failed, or given back for somebody else",
        arguments: BrokerKind.available)
    func answers(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 6 }) { laboratory in
            let desk = Desk()
            let person = Task {
                var seen: [JobID: Int] = [:]
                while true {
                    let assignment = try await desk.nextAssignment()
                    #expect(try await desk.nextAssignment() == assignment, "it lies there until it is dealt with")
                    let (job, value) = (assignment.job, assignment.job.parameters["x0"]?.number ?? 0)
                    seen[job.id, default: 0] += 1
                    await #expect(throws: Desk.Problem.self) { try await desk.answer(assignment, ["yield": value]) }
                    switch seen.count {
                    case 2 where seen[job.id] == 1: try await desk.giveBack(assignment, reason: "lunch")
                    case 4: try await desk.fail(assignment, reason: "spilt")
                    default: try await desk.answer(assignment, ["branin": value])
                    }
                    await #expect(throws: Desk.Problem.gone(job.id)) {
                        try await desk.answer(assignment, ["branin": 1])
                    }
                }
            }
            let state = try await laboratory.run([desk])
            person.cancel()
            await #expect(throws: CancellationError.self) { try await person.value }
            #expect(state.measured == 6 && state.failed == 1 && state.pending.isEmpty)
            #expect(state.tally.duplicates == 0 && state.tally.redelivered == 0)
            #expect(
                state.jobs.values.count { $0.job.publication == 2 } == 1, "what was given back was handed out again")
        }
    }

    @Test("gives a job back that nobody renews, and keeps one that somebody does")
    func lease() async throws {
        try await Laboratory.with(.embedded, { $0.budget.measurements = 1 }) { laboratory in
            let desk = Desk(lease: .milliseconds(200))
            let person = Task {
                let forgotten = try await desk.nextAssignment()
                #expect(await eventually(within: 10) { (try? await desk.nextAssignment()) != forgotten })
                let assignment = try await desk.nextAssignment()
                await #expect(throws: Desk.Problem.gone(forgotten.job.id)) { try await desk.renew(forgotten) }
                #expect(assignment.job.id == forgotten.job.id && assignment.job.publication == 2)
                for _ in 0..<10 {
                    try await desk.renew(assignment)
                    try await Task.sleep(for: .milliseconds(50))
                }
                try await desk.answer(assignment, ["branin": 3])
            }
            let state = try await laboratory.run([desk])
            try await person.value
            #expect(state.measured == 1 && state.observations.first?.values == ["branin": 3])
        }
    }

    @Test("is answered or given back, and never both, where a lease ends while an answer is being kept")
    func leaseBesideAnswer() async throws {
        for round in 0..<80 {
            let desk = Desk(lease: .milliseconds(30))
            let job = Job(id: JobID("\(round)"), parameters: [:], objectives: ["y"], origin: .planned)
            let measuring = Task {
                let result = try await desk.measure(job) { _ in }
                await desk.kept(job.id)
                return result
            }
            let assignment = try await desk.nextAssignment()
            // At about the time at which the lease ends.
            try await Task.sleep(for: .microseconds(29_500 + 15 * round))
            do {
                try await desk.answer(assignment, ["y": 1])
                #expect(
                    try await measuring.value == ["y": 1], "round \(round): the person was told that it is recorded")
            } catch Desk.Problem.gone {
                await #expect(throws: JobReturned.self) { try await measuring.value }
            }
        }
    }

    @Test("is empty when its job is taken away, and has a job that comes again as another one")
    func takenAway() async throws {
        let desk = Desk()
        let job = Job(
            id: JobID("1"), parameters: ["x0": .number(1), "x1": .number(2)], of: braninCampaign(try freshName()))
        let first = Task { try await desk.measure(job) { _ in } }
        let earlier = try await desk.nextAssignment()
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        await #expect(throws: Desk.Problem.gone(job.id)) { try await desk.renew(earlier) }
        let second = Task { try await desk.measure(job) { _ in } }
        let later = try await desk.nextAssignment()
        await #expect(throws: Desk.Problem.gone(job.id)) { try await desk.answer(earlier, ["branin": 1]) }
        await #expect(throws: Desk.Problem.gone(job.id)) { try await desk.fail(earlier, reason: "late") }
        await #expect(throws: Desk.Problem.gone(job.id)) { try await desk.giveBack(earlier, reason: "late") }
        let answer = Task { try await desk.answer(later, ["branin": 2]) }
        #expect(try await second.value.values == ["branin": 2])
        await desk.kept(job.id)
        try await answer.value
    }

    @Test("gives a job back when somebody renewed it for a while and then left")
    func renewedOnce() async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self)
        let (sleeps, sleep) = AsyncStream.makeStream(of: Void.self)
        let desk = Desk(
            lease: .seconds(1),
            dependencies: Dependencies(
                now: { 0 },
                sleep: { _ in
                    sleep.yield()
                    for await _ in ticks { return }
                }, random: { 0 }, offloading: ThreadOffloading()))
        let job = Job(id: JobID("1"), parameters: [:], objectives: ["y"], origin: .planned)
        let measuring = Task { try await desk.measure(job) { _ in } }
        let assignment = try await desk.nextAssignment()
        for await _ in sleeps { break }
        try await desk.renew(assignment)
        // Nobody has renewed it since the first of these.
        for _ in 0..<2 { tick.yield() }
        await #expect(throws: JobReturned.self) { try await measuring.value }
    }

    @Test("lets go whoever waits for a job when it is closed")
    func closedMeanwhile() async throws {
        let desk = Desk()
        let waiting = Task { try await desk.nextAssignment() }
        for _ in 0..<100 { await Task.yield() }
        await desk.close()
        await #expect(throws: Desk.Problem.closed) { try await waiting.value }
    }

    @Test("gives a job back that comes after the person has left")
    func closed() async throws {
        let desk = Desk()
        await desk.close()
        let job = Job(id: JobID("1"), parameters: [:], objectives: ["y"], origin: .planned)
        await #expect(throws: JobReturned.self) { try await desk.measure(job) { _ in } }
    }

    @Test("keeps its job when the connection is lost meanwhile", .enabled(if: TestBroker.isThere))
    func lostConnection() async throws {
        try await Laboratory.with(.rabbitMQ, { $0.budget.measurements = 2 }) { laboratory in
            let desk = Desk()
            let person = Task {
                let first = try await desk.nextAssignment()
                try await TestBroker.closeConnections(naming: laboratory.campaign.name.rawValue)
                try await Task.sleep(for: .seconds(2))
                #expect(try await desk.nextAssignment() == first)
                try await desk.answer(first, ["branin": 1])
                try await desk.answer(try await desk.nextAssignment(), ["branin": 2])
            }
            let state = try await laboratory.run([desk])
            try await person.value
            #expect(state.measured == 2 && state.tally.duplicates == 0)
        }
    }
}
