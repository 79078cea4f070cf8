import Brokers
import Campaigns
import Support
import Testing

@Suite("The feed")
struct FeedFoldTests {
    @Test("tells of a job that was given up, to a ledger that has its publication, and tells it once")
    func deadLetters() throws {
        let name = try CampaignName("c")
        let campaign = braninCampaign(name)
        let job = Job(
            id: JobID("1"), parameters: ["x0": .number(1), "x1": .number(2)], objectives: ["branin"], origin: .planned)
        let published = Event(id: "1.published", campaign: name, time: 1, body: .published(job))
        let body = try published.json()
        let feed = ["published", "dead", "dead"].map {
            Delivery(id: published.id, topic: $0, body: body, earlierDeliveries: 0, source: .feed, tag: 1)
        }
        for recorded in [[], [published]] {
            let events = FeedFold.events(in: feed, of: campaign, beyond: recorded)
            let state = CampaignState(recorded + events)
            #expect(state.pending.isEmpty && state.dead == 1 && state.failuresInRow == 1)
            #expect(recorded.count + events.count == 2)
        }
    }
}
