import Campaigns
import Foundation
import Monitoring
import Planners
import Support
import TestLaboratory
import Testing

@Suite("A replay", .timeLimit(.minutes(5)))
struct ReplayTests {
    @Test(
        "computes every recommendation of a campaign once more, to the last bit, from the ledger alone",
        arguments: BrokerKind.available)
    func wholeCampaign(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.learning) { laboratory in
            let branin = Measuring { job in
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...20)))
                let (x, y) = (job.parameters["x0"]?.number ?? 0, job.parameters["x1"]?.number ?? 0)
                if Int.random(in: 0..<12) == 0 { throw OutOfOrder() }
                return ["branin": pow(y - 0.129 * x * x + 1.592 * x - 6, 2) + 9.6 * cos(x) + 10]
            }
            let state = try await laboratory.run([branin, branin, branin])
            let events = try await laboratory.ledger.events().events
            var planned = 0
            for id in state.order {
                let replay = try Replay(of: id, in: events)
                #expect(replay.differences.isEmpty, "\(id): \(replay.differences)")
                if replay.job.explanation?.mean != nil { planned += 1 }
            }
            #expect(planned > 10)
        }
    }

    @Test("knows what people had said of results when a recommendation was made", arguments: BrokerKind.available)
    func verdicts(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, Self.learning) { laboratory in
            let name = laboratory.campaign.name
            // Whoever measures the tenth job has the first result excluded, and the second one vouched for.
            let measuring = Measuring { job in
                if job.id.rawValue.hasPrefix("0010") {
                    let first = try await laboratory.ledger.events().events.filter { $0.body.kind == .measured }
                    for (index, event) in first.prefix(2).enumerated() {
                        let verdict = Event.Verdict(job: event.body.job ?? job.id, by: "ann", reason: "so")
                        let body = index == 0 ? Event.Body.excluded(verdict) : .included(verdict)
                        try await laboratory.broker.send(
                            order: Event(id: "order-\(index)", campaign: name, time: 1, body: body))
                    }
                }
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            let state = try await laboratory.run([measuring])
            let events = try await laboratory.ledger.events().events
            #expect(state.excludedObservations.count == 1)
            let judged = try state.order.filter { id in
                let replay = try Replay(of: id, in: events)
                #expect(replay.differences.isEmpty, "\(id): \(replay.differences)")
                return replay.job.basis?.excluded?.count == 1 && replay.job.basis?.trusted?.count == 1
            }
            #expect(judged.count > 3)
            let report = Report(of: laboratory.campaign, state)
            #expect(report.excluded?.map(\.reason) == ["so"] && report.measured == state.measured)
        }
    }

    @Test("names the numbers that differ")
    func differences() async throws {
        try await Laboratory.with(.embedded, Self.learning) { laboratory in
            let state = try await laboratory.run([quick, quick])
            let last = try #require(state.order.last { state.jobs[$0]?.job.explanation?.mean != nil })
            let events = try await laboratory.ledger.events().events.map { event -> Event in
                guard case .published(let job) = event.body, job.id == last, var explanation = job.explanation else {
                    return event
                }
                explanation.mean = 1234.5
                let changed = Job(
                    id: job.id, parameters: job.parameters, objectives: job.objectives, origin: job.origin,
                    explanation: explanation, basis: job.basis)
                return Event(id: event.id, campaign: event.campaign, time: event.time, body: .published(changed))
            }
            let replay = try Replay(of: last, in: events)
            #expect(replay.differences.map(\.name) == ["mean"])
            #expect(replay.differences.first?.recorded == "1234.5")
            #expect(throws: Replay.Obstacle.noJob(JobID("0815"))) { try Replay(of: JobID("0815"), in: events) }
        }
    }

    @Test("finds its place for points that were recommended and never published")
    func unpublished() throws {
        var basis = Job.Basis(observations: 0, pending: [JobID("a")], failed: [])
        basis.skip(["x0": .number(5), "x1": .number(5)])
        basis.pending.append(JobID("b"))
        let name = try CampaignName("t")
        let events = ["a", "b"].enumerated().map { number, id in
            let point = ["x0": ParameterValue.number(Double(number)), "x1": .number(0)]
            let job = Job(
                id: JobID(id), parameters: point, objectives: ["branin"], origin: .planned,
                basis: id == "b" ? basis : nil)
            return Event(id: id, campaign: name, time: 0, body: .published(job))
        }
        #expect(throws: Replay.Obstacle.noBasis(JobID("a"))) { try Replay(of: JobID("a"), in: events) }
        let input = PlannerInput(CampaignState(events), basis: basis)
        #expect(input.pending.map { $0["x0"]?.number } == [0, 5, 1])
    }

    private struct OutOfOrder: Error {}

    private static func learning(_ campaign: inout Campaign) {
        campaign.planner = PlannerSettings(seed: 3, initialDesign: InitialDesign(count: 4))
        campaign.budget.measurements = 18
        campaign.workers.pauseAfterFailures = 100
    }
}
