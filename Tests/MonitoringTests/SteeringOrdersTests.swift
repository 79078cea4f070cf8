import Campaigns
import Monitoring
import Support
import Testing

@Suite("An order to move a job or to change the budget")
struct SteeringOrdersTests {
    private static func history(_ bodies: [Event.Body] = []) throws -> CampaignHistory {
        let campaign = braninCampaign(try CampaignName("c"))
        let point: Point = ["x0": .number(1), "x1": .number(2)]
        var events = [
            Event.Body.opened(.init(planner: "p", software: "1", definition: campaign))
        ]
        for id in ["0001-a", "0002-b", "0003-c"] {
            events.append(.published(Job(id: JobID(id), parameters: point, objectives: ["branin"], origin: .planned)))
        }
        events += bodies
        let all = events.enumerated().map { Event(id: "\($0)", campaign: campaign.name, time: Double($0), body: $1) }
        return CampaignHistory(campaign: campaign, state: CampaignState(all), events: all)
    }

    private static let orders = OperatorOrders(by: "ann", now: { 9 })

    private static func event(_ request: OrderRequest, _ bodies: [Event.Body] = []) throws -> Event.Body {
        try orders.event(request, because: nil, in: history(bodies), at: "here").body
    }

    @Test("names the job that it goes before, as people name jobs")
    func move() throws {
        func moved(_ job: String, _ place: String) throws -> [String?]? {
            guard case .moved(let move) = try Self.event(.move(job: job, to: .init(place))) else { return nil }
            return [move.job.rawValue, move.before?.rawValue]
        }
        #expect(try moved("3", "first") == ["0003-c", "0001-a"])
        #expect(try moved("1", "last") == ["0001-a", nil])
        #expect(try moved("3", "2") == ["0003-c", "0002-b"])
    }

    @Test("is refused where the job does not wait, stands there already, or would stand before one that is gone")
    func refused() throws {
        let begun = Event.Body.started(.init(job: JobID("0001-a"), worker: "w", redelivered: false))
        func words(_ job: String, _ place: OrderRequest.Place, _ bodies: [Event.Body] = []) -> String {
            do {
                _ = try Self.event(.move(job: job, to: place), bodies)
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(
            words("1", .last, [begun]) == "job 0001-a is being measured: only a job that waits has a place in a queue")
        #expect(words("1", .first) == "job 0001-a stands there already")
        #expect(words("1", .before("2")) == "job 0001-a stands there already")
        #expect(words("3", .last) == "job 0003-c stands there already")
        #expect(words("2", .before("2")) == "job 0002-b cannot stand before itself")
        #expect(words("2", .before("1"), [begun]) == "job 0001-a does not wait any more: nothing can be put before it")
    }

    @Test("changes the limits that it names, and says so in words")
    func budget() throws {
        let body = try Self.event(.budget(limits: ["measurements": "80"]))
        guard case .budgeted(let given) = body else {
            Issue.record("\(body)")
            return
        }
        #expect(given.budget.measurements == 80)
        #expect(body.summary(in: CampaignState()) == "ann changes the budget to 80 measurements: as ordered")
        func words(_ limits: [String: String], _ bodies: [Event.Body] = []) -> String {
            do {
                _ = try Self.event(.budget(limits: limits), bodies)
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(words(["measurements": "20"]) == "that is the budget already: 20 measurements")
        #expect(words(["measurements": "0"]) == "here: the budget's measurements is 0; it must be 1 or more")
        #expect(words(["cost": "5"]).contains("says not what experiments cost"))
        let end = Event.Body.finished(.init(by: "p", reason: "done"))
        #expect(words(["measurements": "90"], [end]).contains("has ended"))
    }
}
