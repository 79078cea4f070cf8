import Campaigns
import Support
import Testing

@Suite("A claimed job")
struct ClaimTests {
    private func claim(_ worker: String, until: Double, publication: Int = 1) -> Event.Body {
        .claimed(.init(job: job(1), publication: publication, worker: worker, until: until))
    }

    private func returned(by party: String, at time: Double) throws -> Event {
        Event(
            id: "r\(party)\(time)", campaign: try CampaignName("c"), time: time,
            body: .returned(.init(job: job(1), publication: 1, by: party, reason: "")))
    }

    @Test("is pending, with whoever claimed it, and in no queue")
    func pending() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("c", claim("ann", until: 100)))
        let record = try #require(state.jobs[job(1)])
        #expect(state.pending == [job(1)] && state.circulating.isEmpty && state.claimed == [record])
        #expect(record.worker == "ann" && record.claimedUntil == 100)
        #expect(!record.isLeaseOver(at: 99) && record.isLeaseOver(at: 100))
        state.apply(try measured(1, 0.5))
        #expect(state.pending.isEmpty && state.claimed.isEmpty && state.measured == 1)
    }

    @Test("is renewed by who has it alone, and never for a shorter time")
    func renewed() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("c", claim("ann", until: 100)))
        state.apply(try event("d", claim("ann", until: 200)))
        state.apply(try event("e", claim("ann", until: 150)))
        state.apply(try event("f", claim("bob", until: 300)))
        #expect(state.jobs[job(1)]?.claimedUntil == 200 && state.jobs[job(1)]?.worker == "ann")
    }

    @Test("is not begun, nor given back, by somebody else who has a copy of it, before its lease has ended")
    func copies() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("c", claim("ann", until: 100)))
        state.apply(try event("s", .started(.init(job: job(1), worker: "robot", redelivered: true))))
        state.apply(try returned(by: "robot", at: 50))
        #expect(state.jobs[job(1)]?.worker == "ann" && state.claimed.count == 1)
        state.apply(try returned(by: "planner", at: 100))
        #expect(state.jobs[job(1)]?.status == .released && state.claimed.isEmpty)
        state.apply(try event("d", claim("ann", until: 200)))
        #expect(state.jobs[job(1)]?.status == .released, "a renewal that comes too late is none")
    }

    @Test("is given back by who has it at any time, and can be claimed again once it was published again")
    func givenBack() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("c", claim("ann", until: 100)))
        state.apply(try returned(by: "ann", at: 10))
        let again = try #require(state.jobs[job(1)]).job.republished(for: .common)
        state.apply(try event("p", .published(again)))
        #expect(state.circulating.map(\.job.id) == [job(1)])
        state.apply(try event("d", claim("ann", until: 200)))
        #expect(state.circulating.count == 1, "a word about an earlier publication")
        state.apply(try event("e", claim("bob", until: 300, publication: 2)))
        #expect(state.claimed.first?.worker == "bob")
    }
}
