import Campaigns
import Support
import Testing

@Suite("A verdict on a result")
struct VerdictStateTests {
    @Test("leaves out what is excluded, until somebody vouches for it; it stays measured")
    func verdicts() throws {
        var state = CampaignState()
        for (number, value) in [(1, 0.5), (2, 0.1)] {
            state.apply(try published(number))
            state.apply(try measured(number, value))
        }
        let objectives = [Objective(name: "y", goal: .minimize)]
        #expect(state.best(for: objectives)?.job == job(2))
        state.apply(try event("x", .excluded(.init(job: job(2), by: "ann", reason: "a bubble"))))
        #expect(state.best(for: objectives)?.job == job(1) && state.bestSoFar(for: objectives) == [0.5])
        #expect(state.measured == 2 && state.excludedObservations.map(\.job) == [job(2)])
        let verdict = try #require(state.verdict(on: state.observations[1]))
        #expect(!verdict.isRight && verdict.by == "ann" && verdict.reason == "a bubble")
        state.apply(try event("i", .included(.init(job: job(2), by: "bob", reason: "none"))))
        #expect(state.best(for: objectives)?.job == job(2) && state.excludedObservations.isEmpty)
        // A verdict may overtake the result that it is about.
        state.apply(try published(3))
        state.apply(try event("e", .excluded(.init(job: job(3), by: "ann", reason: "no sample"))))
        state.apply(try measured(3, 0.01))
        #expect(state.best(for: objectives)?.job == job(2) && state.observations.count == 3)
    }
}
