import Brokers
import Campaigns
import Foundation
import Monitoring
import Support
import Synchronization
import TestLaboratory
import Testing

@Suite("A report")
struct ReportTests {
    @Test("takes a worker's time between two jobs as idle, and the wait for the initial design apart")
    func utilization() throws {
        let name = try CampaignName("c")
        var campaign = braninCampaign(name)
        campaign.planner.initialDesign.wait = true
        // Worker a: 0 to 10, then 31 to 40. Worker b: 0 to 30, then 30.5 to 40. The design is done at 30.
        let spans: [(String, Double, Double, Job.Origin)] = [
            ("a", 0, 10, .initial), ("b", 0, 30, .initial), ("a", 31, 40, .planned), ("b", 30.5, 40, .planned),
        ]
        var events: [Event] = []
        for (number, (worker, began, ended, origin)) in spans.enumerated() {
            let job = Job(id: JobID("\(number)"), parameters: [:], objectives: ["branin"], origin: origin)
            events.append(Event(id: "p\(number)", campaign: name, time: began, body: .published(job)))
            events.append(
                Event(
                    id: "m\(number)", campaign: name, time: ended,
                    body: .measured(
                        .init(job: job.id, worker: worker, values: ["branin": 1], began: began, ended: ended))))
        }
        let report = Report(of: campaign, CampaignState(events))
        #expect(abs(report.barrierSeconds - 20) < 1e-9)
        #expect(abs(report.idleSeconds - 1.5) < 1e-9)
        #expect(abs((report.utilization ?? 0) - 58.5 / 60) < 1e-9)
        campaign.planner.initialDesign.wait = false
        #expect(abs(Report(of: campaign, CampaignState(events)).idleSeconds - 21.5) < 1e-9)
    }

    @Test("tells the best predicted mean and the best measured value apart, and counts the planner's troubles")
    func bestOfNoise() throws {
        let name = try CampaignName("c")
        let space = ParameterSpace([Parameter(name: "x", domain: .continuous(low: 0, high: 30, scale: .linear))])
        let campaign = Campaign(name: name, space: space, objectives: [Objective(name: "y", goal: .minimize)])
        // A parabola with small noise, and one value that is far too good.
        let events = (0...30).flatMap { number -> [Event] in
            let x = Double(number)
            let luck = number == 3 ? 12.0 : 0
            let value = 0.05 * (x - 15) * (x - 15) + 0.2 * sin(17 * x) - luck
            var explanation = Explanation(planner: "p", observations: 0, pending: 0)
            if number < 2 { explanation.troubles = [.jitter] }
            let job = Job(
                id: JobID("\(number)"), parameters: ["x": .number(x)], objectives: ["y"], origin: .planned,
                explanation: explanation)
            let measurement = Event.Measurement(job: job.id, worker: "w", values: ["y": value], began: x, ended: x + 1)
            return [
                Event(id: "p\(number)", campaign: name, time: x, body: .published(job)),
                Event(id: "m\(number)", campaign: name, time: x + 1, body: .measured(measurement)),
            ]
        }
        let report = Report(of: campaign, CampaignState(events))
        #expect(report.bestMeasured?.job == JobID("3"))
        let best = try #require(report.best)
        #expect(abs((best.parameters["x"]?.number ?? 0) - 15) <= 4)
        #expect(best.predicted.map { abs($0.mean) < 2 && $0.standardDeviation > 0 } == true)
        #expect(report.troubles == ["jitter": 2])
    }
}

@Suite("Whatever instruments answer, a campaign", .timeLimit(.minutes(5)))
struct AnyNumberTests {
    @Test("goes on to its end, and its report can be written", arguments: [Objective.Goal.minimize, .maximize])
    func anyNumber(goal: Objective.Goal) async throws {
        let seed = UInt64.random(in: .min ... .max)
        let planner = PlannerSettings(kind: .gaussianProcess, seed: 3, initialDesign: .init(count: 3))
        try await Laboratory.with(.embedded) {
            $0.planner = planner
            $0.objectives = [Objective(name: "branin", goal: goal)]
            $0.budget.measurements = 14
        } _: { laboratory in
            let dice = Mutex(Dice(seed: seed))
            let any = Measuring { _ in
                let value = dice.withLock { dice -> Double in
                    let known = [0, 9.91e37, -1e30, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0.3]
                    let number = Double(bitPattern: dice.next())
                    return Bool.random(using: &dice) && number.isFinite
                        ? number : known.randomElement(using: &dice) ?? 0
                }
                return ["branin": value]
            }
            let injection = Event.Injection(
                job: JobID("import-1"), parameters: ["x0": .number(1), "x1": .number(1)],
                values: ["branin": 1.7e308], by: "ann", reason: "")
            try await laboratory.ledger.append([
                Event(id: "i", campaign: laboratory.campaign.name, time: 1e308, body: .injected(injection))
            ])
            let state = try await laboratory.run([any])
            #expect(state.measured == 14 && state.tally.given == 1, "seed \(seed)")
            let report = Report(of: laboratory.campaign, state)
            #expect(throws: Never.self, "seed \(seed)") { try JSONEncoder.oneLine.encode(report) }
        }
    }
}
