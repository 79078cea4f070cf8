import Campaigns
import Support
import Testing

@Suite("The state of a campaign")
struct CampaignStateTests {
    @Test("knows that two workers have one name when one begins a job in the middle of the other one's measurement")
    func sharedName() throws {
        func fold(secondBegins: Double) throws -> CampaignState {
            var state = CampaignState()
            for number in 1...2 { state.apply(try published(number)) }
            let starts = [(1, 10.0), (2, secondBegins)]
            for (number, time) in starts {
                state.apply(
                    Event(
                        id: "s\(number)", campaign: try CampaignName("c"), time: time,
                        body: .started(.init(job: job(number), worker: "raspberrypi-1", redelivered: false))))
            }
            state.apply(
                try event(
                    "m",
                    .measured(
                        .init(job: job(1), worker: "raspberrypi-1", values: ["y": 1], began: 10, ended: 40))))
            return state
        }
        #expect(try fold(secondBegins: 20).sharedNames == ["raspberrypi-1"])
        // One worker that measured, and then began the next; its result came late.
        #expect(try fold(secondBegins: 40).sharedNames.isEmpty)
    }

    @Test("has a job pending from its publication until its end, wherever it is meanwhile")
    func pending() throws {
        var state = CampaignState()
        state.apply(try published(1))
        #expect(state.pending == [job(1)])
        state.apply(try event("s", .started(.init(job: job(1), worker: "w", redelivered: false))))
        #expect(state.pending == [job(1)], "an unacknowledged job stays pending")
        state.apply(try measured(1, 0.5))
        #expect(state.pending.isEmpty)
        #expect(state.observations.map(\.values) == [["y": 0.5]])
    }

    @Test("does not have a withdrawn or failed job pending")
    func ends() throws {
        var state = CampaignState()
        for number in 1...3 { state.apply(try published(number)) }
        state.apply(try event("w", .withdrawn(.init(job: job(1), reason: ""))))
        state.apply(try event("f", .failed(.init(job: job(2), worker: "w", reason: "broke", began: 1, ended: 2))))
        state.apply(try event("d", .dead(.init(job: job(3), reason: ""))))
        #expect(state.pending.isEmpty && state.observations.isEmpty)
        #expect([state.withdrawn, state.failed, state.dead] == [1, 1, 1])
        #expect(state.failuresInRow == 2)
    }

    @Test("counts a job's first result, and keeps the second as a duplicate")
    func duplicates() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try measured(1, 0.5, id: "a"))
        state.apply(try measured(1, 0.7, id: "b"))
        #expect(state.measured == 1)
        #expect(state.observations[0].values == ["y": 0.5])
        #expect(state.tally.duplicates == 1)
    }

    @Test("counts the measurement of a job that was withdrawn meanwhile: it was paid for")
    func measuredAfterWithdrawal() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("w", .withdrawn(.init(job: job(1), reason: ""))))
        state.apply(try measured(1, 0.5))
        #expect(state.measured == 1 && state.withdrawn == 0)
    }

    @Test("learns from the result of a job that it never heard of, if the result tells its point")
    func adopted() throws {
        let point: Point = ["x": .number(3)]
        let definition = braninCampaign(try CampaignName("c"))
        var state = CampaignState([
            try event(
                "o", .opened(.init(planner: "p", software: "1", definition: definition)))
        ])
        func result(_ values: [String: Double], _ parameters: Point?) -> Event.Body {
            .measured(.init(job: job(7), worker: "w", values: values, began: 2, ended: 3, parameters: parameters))
        }
        state.apply(try event("a", result(["branin": 0.5], nil)))
        #expect(state.measured == 0)
        state.apply(try event("b", result(["branin": 0.5], point)))
        state.apply(try published(7))
        #expect(state.observations.map(\.parameters) == [point] && state.pending.isEmpty && state.order == [job(7)])
        state.apply(try event("c", result(["branin": 0.7], point)))
        #expect(state.measured == 1 && state.tally.duplicates == 1)
        state.apply(
            try event(
                "d", .failed(.init(job: job(8), worker: "w", reason: "", began: 2, ended: 3, parameters: point))))
        #expect(state.failed == 1 && state.pending.isEmpty)
    }

    @Test("is told by a late word of an earlier publication neither that a job is begun nor that it is given back")
    func earlierPublication() throws {
        var state = CampaignState()
        state.apply(try published(1))
        func start(_ publication: Int?) -> Event.Body {
            .started(.init(job: job(1), worker: "w", redelivered: false, publication: publication))
        }
        func back(_ publication: Int) -> Event.Body {
            .returned(.init(job: job(1), publication: publication, by: "w", reason: "lunch"))
        }
        state.apply(try event("r", back(1)))
        let again = try #require(state.jobs[job(1)]).job.republished(for: .common)
        #expect(state.jobs[job(1)]?.status == .released && state.pending == [job(1)] && again.publication == 2)
        state.apply(try event("p", .published(again)))
        state.apply(try event("s", start(1)))
        state.apply(try event("t", back(1)))
        #expect(state.jobs[job(1)]?.status == .ready)
        // One party held the job while another gave it back: the later publication settles it, in whatever order these are heard.
        state.apply(try event("h", .held(.init(job: job(1), publication: 2, by: "w", reason: ""))))
        state.apply(try event("v", back(2)))
        state.apply(try event("q", .published(again.republished(for: .common))))
        state.apply(try event("i", .held(.init(job: job(1), publication: 2, by: "w", reason: ""))))
        #expect(state.jobs[job(1)]?.status == .ready && state.pending == [job(1)])
        state.apply(try event("u", start(3)))
        #expect(state.jobs[job(1)]?.status == .started(worker: "w", since: 1))
    }

    @Test("takes an experiment that a person made, and has one handed out that a person asks for, beyond the budget")
    func injected() throws {
        let definition = braninCampaign(try CampaignName("c"))
        let point: Point = ["x0": .number(1), "x1": .number(2)]
        func injection(_ id: String, _ values: [String: Double]?) -> Event.Body {
            .injected(.init(job: JobID(id), parameters: point, values: values, by: "ann", reason: "so"))
        }
        var state = CampaignState()
        state.apply(try event("a", injection("early", ["branin": 3])))
        #expect(state.observations.isEmpty && state.conflicts(continuingWith: definition).isEmpty)
        var other = definition
        other.objectives = [Objective(name: "yield", goal: .maximize)]
        #expect(!state.conflicts(continuingWith: other).isEmpty)
        state.apply(try event("o", .opened(.init(planner: "p", software: "1", definition: definition))))
        state.apply(try event("b", injection("made", ["branin": 4])))
        state.apply(try event("c", injection("wrong", ["yield": 4])))
        #expect(
            state.observations.map { $0.values["branin"] } == [3, 4] && state.measured == 0 && state.tally.given == 2)
        state.apply(try event("d", injection("asked", nil)))
        let asked = try #require(state.jobs[JobID("asked")])
        #expect(
            asked.status == .released && asked.job.republished(for: .common).publication == 1
                && state.pending == [JobID("asked")]
        )
        state.apply(try event("e", .published(asked.job.republished(for: .common))))
        state.apply(
            try event(
                "f",
                .measured(.init(job: JobID("asked"), worker: "w", values: ["branin": 5], began: 1, ended: 2))))
        #expect(state.observations.count == 3 && state.measured == 0 && state.pending.isEmpty)
    }

    @Test("takes no notice of a start that comes after the result, or of a job that it does not know")
    func order() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try measured(1, 0.5))
        state.apply(try event("s", .started(.init(job: job(1), worker: "w", redelivered: false))))
        state.apply(try measured(9, 0.5))
        #expect(state.pending.isEmpty && state.measured == 1 && state.tally.duplicates == 0)
    }

    @Test("counts a measurement that comes after a failure of the same job was told")
    func measuredAfterFailure() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("f", .failed(.init(job: job(1), worker: "other", reason: "lost", began: 1, ended: 1))))
        state.apply(try measured(1, 0.5))
        #expect(state.measured == 1 && state.failed == 0 && state.tally.duplicates == 0 && state.failuresInRow == 0)
    }

    @Test("keeps a held job pending until a person decides, and takes late words of an earlier publication for nothing")
    func held() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try published(2))
        func hold(_ number: Int, publication: Int, id: String) throws -> Event {
            try event(id, .held(.init(job: job(number), publication: publication, by: "w", reason: "lost")))
        }
        func release(_ number: Int, _ decision: Event.Release.Decision, id: String) throws -> Event {
            try event(id, .released(.init(job: job(number), decision: decision, by: "o", reason: "so")))
        }
        state.apply(try release(1, .rerun, id: "too early"))
        state.apply(try hold(1, publication: 1, id: "h1"))
        state.apply(try hold(2, publication: 1, id: "h2"))
        #expect(state.pending.count == 2 && state.held.count == 2 && state.circulating.isEmpty)
        state.apply(try release(2, .fail, id: "r2"))
        #expect(state.failed == 1 && state.pending == [job(1)])
        state.apply(try release(1, .rerun, id: "r1"))
        #expect(state.held.isEmpty && state.circulating.isEmpty && state.pending == [job(1)])
        let again = try #require(state.jobs[job(1)]?.job.republished(for: .common))
        #expect(again.publicationID == "1.published-2")
        state.apply(try event(again.publicationID, .published(again)))
        state.apply(try hold(1, publication: 1, id: "late"))
        #expect(state.circulating.map(\.job) == [again])
        state.apply(try measured(1, 3))
        #expect(state.measured == 1 && state.pending.isEmpty)
    }

    @Test(
        "comes to the same end where two planners said different things of one publication, and a person gave the job up"
    )
    func givenUp() throws {
        let held = try event("h", .held(.init(job: job(1), publication: 1, by: "a", reason: "lost")))
        let returned = try event("b", .returned(.init(job: job(1), publication: 1, by: "b", reason: "kept")))
        let givenUp = try event("r", .released(.init(job: job(1), decision: .fail, by: "o", reason: "so")))
        let again = try event(
            "1.published-2", .published(CampaignState([published(1)]).pendingJobs[0].job.republished(for: .common)))
        let orders = [
            [held, returned, givenUp, again], [returned, held, givenUp, again], [held, givenUp, returned, again],
            [returned, again, held, givenUp], [returned, givenUp, held, again],
        ]
        for order in orders {
            let state = CampaignState([try published(1)] + order)
            #expect(state.failed == 1 && state.pending.isEmpty, "\(order.map(\.id))")
        }
    }

    @Test("marks a measurement as overdue, but not the one that another worker began since")
    func overdue() throws {
        var state = CampaignState()
        state.apply(try published(1))
        state.apply(try event("s", .started(.init(job: job(1), worker: "w", redelivered: false))))
        let overdue = Event.Overdue(job: job(1), worker: "w", since: 1, reason: "long")
        state.apply(try event("o", .overdue(overdue)))
        #expect(state.jobs[job(1)]?.isOverdue == true && state.pending.count == 1)
        state.apply(try event("s2", .started(.init(job: job(1), worker: "v", redelivered: true))))
        #expect(state.jobs[job(1)]?.isOverdue == false)
        state.apply(try event("o", .overdue(overdue)))
        #expect(state.jobs[job(1)]?.isOverdue == false)
    }

    @Test("follows pause, resume, stop and finish")
    func phases() throws {
        var state = CampaignState()
        let reason = Event.Reason(by: "o", reason: "r")
        state.apply(try event("1", .paused(reason)))
        #expect(state.phase == .paused(reason))
        state.apply(try event("2", .resumed(reason)))
        #expect(state.phase == .running)
        state.apply(try event("3", .stopped(reason)))
        state.apply(try event("4", .paused(reason)))
        #expect(state.phase == .stopping(reason), "a campaign that ends is not paused")
        state.apply(try event("5", .finished(reason)))
        #expect(state.isFinished)
    }

    @Test("knows the best observation by the goal, the earlier of two equal ones")
    func best() throws {
        var state = CampaignState()
        for (number, value) in [0.5, 0.2, 0.9, 0.2].enumerated() {
            state.apply(try published(number))
            state.apply(try measured(number, value))
        }
        #expect(state.best(for: [Objective(name: "y", goal: .minimize)])?.job == job(1))
        #expect(state.best(for: [Objective(name: "y", goal: .maximize)])?.job == job(2))
    }

    @Test("is the same for the same events, whatever the seed of their random order, as far as counts go")
    func anyOrder() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = Dice(seed: seed)
        let results = try (1...20).map { try measured($0, Double($0)) }
        for _ in 0..<50 {
            let state = CampaignState(try (1...20).map(published) + results.shuffled(using: &generator))
            #expect(state.measured == 20 && state.pending.isEmpty, "seed \(seed)")
        }
    }
}
