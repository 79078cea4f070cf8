import Brokers
import Campaigns
import Foundation
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

extension CampaignState.Phase {
    /// Why it is paused, or has ended.
    fileprivate var reason: Event.Reason? {
        switch self {
        case .paused(let reason), .finished(let reason): reason
        case .running, .stopping: nil
        }
    }
}

@Suite("A campaign that has found enough", .timeLimit(.minutes(1)))
struct StoppingTests {
    /// As good as the third measurement nothing is any more.
    private static func flat() -> Measuring {
        let count = Mutex(0)
        return Measuring { _ in
            let number = count.withLock {
                $0 += 1
                return $0
            }
            return ["branin": number < 3 ? 5 : number == 3 ? 1 : 2]
        }
    }

    private static func rules(_ rules: StoppingRules) -> (inout Campaign) -> Void {
        { campaign in
            campaign.planner.kind = .random
            campaign.planner.initialDesign.count = 4
            campaign.budget = Budget(measurements: 60)
            campaign.stopping = rules
        }
    }

    @Test("is paused and says why, and resumed it goes on for a while", arguments: BrokerKind.available)
    func pauses(kind: BrokerKind) async throws {
        let rules = Self.rules(StoppingRules(noImprovement: 6))
        try await Laboratory.with(kind, rules) { laboratory in
            let isPaused: @Sendable (CampaignState) -> Bool = { if case .paused = $0.phase { true } else { false } }
            let instrument = Self.flat()
            let first = try await laboratory.run([instrument], until: isPaused)
            let reason = try #require(first.phase.reason)
            #expect(reason.reason.contains("measurements: the best is still branin = 1"), "\(reason.reason)")
            // One worker and a lookahead of three: at nine results four jobs are out, and may all be measured before the planner looks again.
            #expect((10...13).contains(first.measured), "\(first.measured)")
            let resumed = Event(
                id: "r", campaign: laboratory.campaign.name, time: 1,
                body: .resumed(.init(by: "operator", reason: "go on")))
            try await laboratory.ledger.append([resumed])
            let second = try await laboratory.run([instrument], until: isPaused)
            #expect(second.measured >= first.measured + 5)
        }
    }

    @Test("does not end because nothing is better than a result that is wrong by orders of magnitude")
    func wrongResult() async throws {
        let rules: (inout Campaign) -> Void = { campaign in
            Self.rules(StoppingRules(noImprovement: 6, action: .end))(&campaign)
            campaign.planner.kind = .gaussianProcess
            campaign.budget = Budget(measurements: 25)
        }
        try await Laboratory.with(.embedded, rules) { laboratory in
            let count = Mutex(0)
            let instrument = Measuring { _ in
                let number = count.withLock {
                    $0 += 1
                    return $0
                }
                return ["branin": number == 8 ? -1e9 : 100 - Double(number)]
            }
            let state = try await laboratory.run([instrument])
            #expect(state.measured == 25, "\(state.phase)")
        }
    }

    @Test("ends where it is told to, and is not taken up again")
    func ends() async throws {
        let rules = Self.rules(StoppingRules(noImprovement: 6, action: .end))
        try await Laboratory.with(.embedded, rules) { laboratory in
            let instrument = Self.flat()
            let state = try await laboratory.run([instrument])
            let reason = try #require(state.phase.reason)
            #expect(reason.reason.contains("no improvement in") && state.measured < 15)
            #expect(try await laboratory.run([instrument]).measured == state.measured)
        }
    }

    @Test(
        "ends when its experiments have cost what the budget allows, by what their results say",
        arguments: [true, false])
    func cost(isReported: Bool) async throws {
        try await Laboratory.with(.embedded) {
            $0.budget = Budget(cost: 100)
            $0.cost = Cost(text: isReported ? nil : "9 + 1", unit: "min")
        } _: { laboratory in
            let dear = Measuring { _ in isReported ? ["branin": 1, "cost": 10] : ["branin": 1] }
            let state = try await laboratory.run([dear])
            let reason = try #require(state.phase.reason)
            #expect(reason.reason == "its experiments have cost 100 min, and the budget is 100 min", "\(reason.reason)")
            #expect(state.measured == 10 && state.spent(laboratory.campaign) == 100)
            #expect(state.observations.allSatisfy { $0.cost == (isReported ? 10 : nil) })
        }
    }

    @Test("ends when the model expects hardly anything of the rest, and says so with numbers")
    func regret() async throws {
        try await Laboratory.with(.embedded) {
            $0.planner = PlannerSettings(seed: 7)
            $0.budget = Budget(measurements: 60)
            $0.stopping = StoppingRules(regretBelow: .difference(1), action: .end)
        } _: { laboratory in
            let bowl = Measuring { job in
                let (x, y) = (job.parameters["x0"]?.number ?? 0, job.parameters["x1"]?.number ?? 0)
                return ["branin": (x - 3) * (x - 3) + (y - 5) * (y - 5)]
            }
            let state = try await laboratory.run([bowl])
            let reason = try #require(state.phase.reason)
            #expect(reason.reason.contains("of the optimum, less than 1"), "\(reason.reason)")
            #expect(
                (10...40).contains(state.measured) && state.bestSoFar(for: laboratory.campaign.objectives).last ?? 9 < 1
            )
        }
    }
}
