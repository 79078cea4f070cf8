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
    /// A request for x0 = 30 stands in the feed before the planner that allows it: the inbox keeps it for that planner.
    @Test("tells of a request that came before the range was widened, unless a planner refused it")
    func widened() throws {
        let name = try CampaignName("c")
        let narrow = braninCampaign(name)
        var wide = narrow
        wide.space = ParameterSpace(
            narrow.space.parameters.map {
                .init(name: $0.name, domain: .continuous(low: -5, high: 40, scale: .linear))
            })
        let request = Event(
            id: "request", campaign: name, time: 2,
            body: .injected(
                .init(
                    job: JobID("mine"), parameters: ["x0": .number(30), "x1": .number(2)], values: nil, by: "me",
                    reason: "")))
        func opened(_ definition: Campaign, _ time: Double) -> Event {
            Event(
                id: EventID("opened \(time)"), campaign: name, time: time,
                body: .opened(.init(planner: "p", software: "1", definition: definition)))
        }
        let refusal = try #require(narrow.space.refusal(of: ["x0": .number(30), "x1": .number(2)]))
        let refused = Event(
            id: "refused", campaign: name, time: 3,
            body: .unreadable(.init(by: "p", message: request.id, refusal)))
        for (between, isTaken) in [([], true), ([refused], false)] {
            let events = [opened(narrow, 1), request] + between + [opened(wide, 4)]
            let feed = try events.map {
                Delivery(
                    id: $0.id, topic: $0.body.type, body: try $0.json(), earlierDeliveries: 0, source: .feed, tag: 1)
            }
            let state = CampaignState(FeedFold.events(in: feed, of: narrow, beyond: []))
            #expect((state.jobs[JobID("mine")] != nil) == isTaken)
            // The planner that finds the request in its inbox decides the same.
            #expect((state.refusal(ofReceived: request, wide) == nil) == isTaken)
        }
    }
}
