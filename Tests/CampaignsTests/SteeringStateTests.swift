import Campaigns
import Support
import Testing

@Suite("A person who steers")
struct SteeringStateTests {
    private func moved(_ number: Int, before other: Int?) throws -> Event {
        try event(
            "moved-\(number)-\(other ?? 0)",
            .moved(.init(job: job(number), before: other.map(job), by: "ann", reason: "hot now")))
    }

    private func started(_ number: Int) throws -> Event {
        try event("s\(number)", .started(.init(job: job(number), worker: "w", redelivered: false)))
    }

    private func budgeted(_ budget: Budget) throws -> Event {
        try event(
            "b\(budget.measurements ?? 0)", .budgeted(.init(budget: budget, by: "ann", reason: "more beam time")))
    }

    private func opened(_ campaign: Campaign, _ id: String) throws -> Event {
        try event(id, .opened(.init(planner: "p", software: "1", definition: campaign)))
    }

    @Test("puts a job that waits before another one, to the end, or first where the other one is gone")
    func moves() throws {
        var state = CampaignState(try (1...4).map { try published($0) })
        state.apply(try moved(4, before: 2))
        #expect(state.pending == [1, 4, 2, 3].map(job))
        state.apply(try moved(1, before: nil))
        #expect(state.pending == [4, 2, 3, 1].map(job))
        state.apply(try started(4))
        state.apply(try moved(1, before: 4))
        #expect(state.pending == [4, 1, 2, 3].map(job), "what is being measured has no place in the queue")
        #expect(state.jobs[job(1)]?.isMoved == true && state.jobs[job(2)]?.isMoved == false)
    }

    @Test("moves nothing that a worker has, or that has ended")
    func taken() throws {
        var state = CampaignState(try (1...3).map { try published($0) })
        state.apply(try started(3))
        state.apply(try moved(3, before: 1))
        #expect(state.pending == [1, 2, 3].map(job))
        state.apply(try measured(2, 1))
        state.apply(try moved(2, before: 1))
        #expect(state.pending == [1, 3].map(job))
    }

    @Test("moves a batch as one")
    func batch() throws {
        let experiment = { (id: String) in
            Job(id: JobID(id), parameters: ["x": .number(1)], objectives: ["y"], origin: .planned)
        }
        let batch = Job(batch: job(2), of: [experiment("2.1"), experiment("2.2")], sharing: [:])
        var state = CampaignState([try published(1), try event("p2", .published(batch))])
        state.apply(try moved(2, before: 1))
        #expect(state.pending == ["2.1", "2.2", "1"].map { JobID($0) })
    }

    @Test("gives a budget, which holds until the file says another one than before")
    func budget() throws {
        var campaign = braninCampaign(try CampaignName("c"))
        campaign.budget = Budget(measurements: 20)
        var state = CampaignState([try opened(campaign, "o1")])
        state.apply(try budgeted(Budget(measurements: 30, duration: 60)))
        #expect(state.definition?.budget == Budget(measurements: 30, duration: 60))
        state.apply(try opened(campaign, "o2"))
        #expect(state.definition?.budget.measurements == 30, "the file says what it said before")
        var other = campaign
        other.budget = Budget(measurements: 25)
        #expect(state.definitions?.followed(bringing: campaign).budget.measurements == 30)
        #expect(state.definitions?.followed(bringing: other).budget.measurements == 25)
        state.apply(try opened(other, "o3"))
        #expect(state.definition?.budget == Budget(measurements: 25))
        #expect(state.definitions?.isBudgetOrdered == false)
    }

    @Test("is told why a budget cannot be")
    func refused() throws {
        let campaign = braninCampaign(try CampaignName("c"))
        let state = CampaignState([try opened(campaign, "o1")])
        let budgets = [
            Budget(measurements: 0), Budget(attempts: -1), Budget(duration: .infinity), Budget(target: .nan),
            Budget(cost: 5),
        ]
        for budget in budgets {
            #expect(state.refusal(of: try budgeted(budget), campaign)?.code == "invalid-budget", "\(budget)")
        }
        #expect(state.refusal(of: try budgeted(Budget(measurements: 1, duration: 1, target: 0)), campaign) == nil)
        #expect(state.refusal(of: try moved(9, before: nil), campaign)?.code == "unknown-job")
    }

    @Test("types limits as they stand in a campaign's file")
    func typed() throws {
        let campaign = braninCampaign(try CampaignName("c"))
        let budget = Budget(measurements: 20, target: 0.5)
        let changed = try budget.with(["measurements": "80", "target": "none", "duration": "1.5 d"], at: "here")
        #expect(changed == Budget(measurements: 80, duration: 129_600))
        #expect(changed.text(of: campaign) == "80 measurements, 36 h" && changed.typed("duration") == "36 h")
        #expect(Budget().text(of: campaign) == "no limit")
        for (name, text) in [
            ("measurements", "1,5"), ("measurements", "many"), ("duration", "soon"), ("patience", "1"), ("target", "x"),
        ] {
            #expect(throws: WrongData.self, "\(name)") { try budget.with([name: text], at: "here") }
        }
    }
}
