import AMQP
import Brokers
import Campaigns
import Logging
import Monitoring
import PlannerService
import Planners
import ServiceRuntime
import Support
import Synchronization
import TestLaboratory
import Testing

@Suite("What the planner has to get over", .timeLimit(.minutes(5)))
struct PlannerTroubleTests {
    @Test("is said in the log once, and counted in the report as often as it occurs")
    func said() async throws {
        try await Laboratory.with(.embedded, { $0.budget.measurements = 6 }) { laboratory in
            var laboratory = laboratory
            let lines = Lines()
            laboratory.planner = Troubled(inner: try Planners.planner(for: laboratory.campaign))
            laboratory.logger = Logger(label: "test") { _ in lines }
            let state = try await laboratory.run([quick])
            let report = Report(of: laboratory.campaign, state)
            #expect((report.troubles["jitter"] ?? 0) >= 6)
            #expect(lines.all.filter { $0.contains("the covariance was ill-conditioned") }.count == 1)
        }
    }

    @Test(
        "a broker that does not answer is asked again every second, so that a planner stands by soon after the broker is back"
    )
    func absentBroker() async throws {
        try await Laboratory.with(.embedded) { laboratory in
            let pauses = Mutex<[Duration]>([])
            let (enough, isEnough) = AsyncStream.makeStream(of: Void.self)
            let real = Dependencies.real
            let service = PlannerService(
                campaign: laboratory.campaign, planner: try Planners.planner(for: laboratory.campaign),
                broker: RabbitMQBroker(endpoint: try Endpoint(uri: "amqp://guest:guest@127.0.0.1:1")),
                ledger: laboratory.ledger,
                name: "test",
                dependencies: Dependencies(
                    now: real.now,
                    sleep: { duration in
                        if pauses.withLock({
                            $0.append(duration); return $0.count
                        }) == 12 {
                            isEnough.finish()
                        }
                    }, random: real.random, offloading: real.offloading), logger: laboratory.logger)
            let planning = Task { try await service.run() }
            for await _ in enough {}
            planning.cancel()
            await #expect(throws: (any Error).self) { try await planning.value }
            #expect(pauses.withLock { $0 }.allSatisfy { $0 <= .seconds(1) })
        }
    }

    @Test(
        "a planner that stands by has written down what the feed tells, up to where it tells of another campaign",
        arguments: BrokerKind.available)
    func standby(_ kind: BrokerKind) async throws {
        try await Laboratory.with(kind) { laboratory in
            let (campaign, broker) = (laboratory.campaign, laboratory.broker)
            let first = try await broker.openPlanner(campaign.name, as: "first", wait: false) {}
            func opening(_ id: EventID, _ definition: Campaign) -> Event {
                let body = Event.Opening(planner: "first", software: "1", definition: definition)
                return Event(id: id, campaign: campaign.name, time: 1, body: .opened(body))
            }
            let known =
                [opening("first", campaign)]
                + (1...500).map { number in
                    Event(
                        id: "said-\(number)", campaign: campaign.name, time: 1,
                        body: .paused(.init(by: "person", reason: "\(number)")))
                }
            try await first.restore(known)
            let standby = PlannerService(
                campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker,
                ledger: laboratory.ledger, name: "second", logger: laboratory.logger)
            let standing = Task { try await standby.run() }
            func written() async throws -> [EventID] { try await laboratory.ledger.events().events.map(\.id) }
            #expect(try await eventually { try await written() == known.map(\.id) })

            let more = Event(
                id: "more", campaign: campaign.name, time: 2, body: .resumed(.init(by: "person", reason: "so")))
            try await first.restore([more])
            #expect(try await eventually { try await written().last == "more" })
            var foreign = campaign
            foreign.objectives = [Objective(name: "another", goal: .maximize)]
            try await first.restore([
                opening("foreign", foreign), Event(id: "theirs", campaign: campaign.name, time: 3, body: more.body),
            ])
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await written() == known.map(\.id) + ["more"])
            standing.cancel()
            _ = await standing.result
            await first.close()
        }
    }

    @Test("of many jobs at once is published bit by bit: nobody waits for all of them", arguments: BrokerKind.available)
    func bitByBit(_ kind: BrokerKind) async throws {
        try await Laboratory.with(kind) {
            $0.planner.lookahead = 100
            $0.budget.measurements = 1000
        } _: { laboratory in
            let counts = Mutex<[Int]>([])
            var asked = laboratory
            asked.planner = Counting(inner: try Planners.planner(for: laboratory.campaign)) { count in
                counts.withLock { $0.append(count) }
            }
            let state = try await asked.run([], until: { $0.pending.count >= 100 })
            #expect(state.pending.count == 100)
            let all = counts.withLock { $0 }
            #expect(all.allSatisfy { $0 <= 32 } && all.reduce(0, +) == 100, "\(all)")
        }
    }

    /// A planner that tells how many recommendations it is asked for.
    private struct Counting: Planner {
        let inner: any Planner
        let note: @Sendable (Int) -> Void
        var learns: Bool { inner.learns }

        func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation] {
            note(count)
            return try inner.recommend(count, given: input)
        }
    }

    /// A planner whose every recommendation had to get over something.
    private struct Troubled: Planner {
        let inner: any Planner
        var learns: Bool { inner.learns }

        func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation] {
            try inner.recommend(count, given: input).map {
                var explanation = Explanation(planner: "troubled", observations: 0, pending: 0)
                explanation.troubles = [.jitter]
                return Recommendation(parameters: $0.parameters, origin: $0.origin, explanation: explanation)
            }
        }
    }
}
