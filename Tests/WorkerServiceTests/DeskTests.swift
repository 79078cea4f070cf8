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

    @Test("is empty when its job is taken away, and has a job that comes again as another one")
    func takenAway() async throws {
        let desk = Desk()
        let job = Job(
            id: JobID("1"), parameters: ["x0": .number(1), "x1": .number(2)], of: braninCampaign(try freshName()))
        let first = Task { try await desk.measure(job) { _ in } }
        let earlier = try await desk.nextAssignment()
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
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
