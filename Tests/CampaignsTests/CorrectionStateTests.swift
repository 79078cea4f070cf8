import Campaigns
import Support
import Testing

@Suite("A correction of a result")
struct CorrectionStateTests {
    private let objectives = [Objective(name: "y", goal: .minimize)]

    private func correction(_ number: Int, _ value: Double, id: String) throws -> Event {
        try event(id, .corrected(.init(job: job(number), values: ["y": value], by: "ann", reason: "mistyped")))
    }

    @Test("takes the value's place, keeps the result, and the last one counts")
    func corrected() throws {
        var state = CampaignState()
        for (number, value) in [(1, 0.5), (2, 0.1)] {
            state.apply(try published(number))
            state.apply(try measured(number, value))
        }
        state.apply(try correction(2, 10, id: "a"))
        #expect(state.best(for: objectives)?.job == job(1))
        state.apply(try correction(2, 0.2, id: "b"))
        #expect(state.best(for: objectives)?.values == ["y": 0.2])
        #expect(state.jobs[job(2)]?.measurement?.values == ["y": 0.1], "what came stays")
        #expect(state.measured == 2 && state.tally.duplicates == 0)
        let values = { (known: Int) in state.observations(first: 2, corrections: known).map { $0.values["y"] } }
        #expect(values(0) == [0.5, 0.1] && values(1) == [0.5, 10] && values(2) == [0.5, 0.2])
    }

    @Test("may overtake the result that it is about")
    func early() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try correction(1, 0.3, id: "a"))
        state.apply(try measured(1, 3))
        #expect(state.observations.map(\.values) == [["y": 0.3]])
    }

    @Test("needs a job that is known, and a finite value for each objective")
    func refused() throws {
        var state = CampaignState()
        state.apply(try published(1))
        let campaign = braninCampaign(try CampaignName("c"))
        #expect(state.refusal(of: try correction(1, 0.3, id: "a"), campaign) == nil)
        #expect(state.refusal(of: try correction(2, 0.3, id: "b"), campaign)?.code == "unknown-job")
        let infinite = Event.Correction(job: job(1), values: ["y": .infinity], by: "ann", reason: "")
        #expect(state.refusal(of: try event("c", .corrected(infinite)), campaign)?.code == "not-finite")
        let none = Event.Correction(job: job(1), values: [:], by: "ann", reason: "")
        #expect(state.refusal(of: try event("d", .corrected(none)), campaign)?.code == "missing-objective")
    }
}
