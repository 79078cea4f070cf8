import Simulation
import Testing

@Suite("Under a virtual clock, with everything that can befall it, a campaign", .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test("keeps every promise in many schedules")
    func promises() async throws {
        // deploy/test runs 10,000 others beside these, and deploy/simulate as many new ones as one likes.
        let first: UInt64 = 1_000_000
        let all = await Schedules.run(from: first, count: 300)
        let words = all.violations.map { "seed \($0.seed): \($0.words)" }
        #expect(all.violations.isEmpty, "schedules --seed SEED shows every step; \(words)")
        #expect(all.count == 300 && all.measured > 900)
        for fault in Fault.allCases where fault != .full {
            #expect(all.faults[fault] ?? 0 > 0, "\(fault.rawValue) never struck, from seed \(first)")
        }
    }

    @Test("goes the same way again, step by step, when its seed is replayed")
    func replay() {
        for _ in 0..<5 {
            let seed = UInt64.random(in: .min ... .max)
            let (one, other) = (Schedule(seed: seed).run(traces: true), Schedule(seed: seed).run(traces: true))
            #expect(one == other, "seed \(seed)")
            #expect(one.trace.count > 50)
        }
    }

    @Test(
        "is seen to break its promises when a rule is broken on purpose, at the same step at every replay",
        arguments: Sabotage.allCases)
    func sabotage(rule: Sabotage) async throws {
        let all = await Schedules.run(from: 1, count: 2000, sabotage: rule, stops: true)
        let found = try #require(all.violations.first, "\(rule.rawValue), and nobody noticed")
        let (one, other) = (
            Schedule(seed: found.seed, sabotage: rule).run(traces: true),
            Schedule(seed: found.seed, sabotage: rule).run(traces: true)
        )
        #expect(one.violation == found.words && one == other)
        #expect(Schedule(seed: found.seed).run().violation == nil, "the promise is kept where the rule is")
    }
}
