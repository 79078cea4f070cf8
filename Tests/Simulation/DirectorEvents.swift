import Brokers
import Campaigns
import Capacity
import EventStore
@_spi(TestKit) import ServiceLifecycle
import Surrogates

/// What befalls the parties, and what people do meanwhile.
extension Director {
    func befall() async {
        let alive = alive
        guard !alive.isEmpty else { return }
        let life = alive[world.pick(0..<alive.count)]
        switch world.pick(0..<8) {
        case 0 where world.strikes(.kill, 1): world.kill(life)
        case 1 where world.strikes(.pause, 1):
            // The broker may give a silent peer up; it then finds its link gone.
            let length = world.uniform(0...6)
            world.note("\(life.name) is paused for \(length) s")
            life.pause(until: world.scheduler.now + length)
            if world.chance(0.6) {
                try? await world.scheduler.sleep(.seconds(world.uniform(0...2)))
                await life.closeLinks()
            }
        case 2 where world.strikes(.cut, 1):
            world.note("\(life.name) is cut off")
            await life.closeLinks()
        case 3 where world.strikes(.restart, 0.5):
            world.note("the broker restarts")
            let back = world.scheduler.now + world.uniform(0...3)
            world.state.withLock { $0.brokerReturns = back }
            for life in alive { await life.closeLinks() }
        case 4 where world.strikes(.term, 0.5):
            world.note("\(life.name) gets SIGTERM")
            life.tell()
            managers.withLock { $0.removeValue(forKey: life.number) }?.shutdownGracefully()
        case 5 where losesFeed && world.strikes(.feed, 0.5):
            world.note("the feed is deleted")
            world.broker.removeFeed(of: world.campaign.name)
            world.state.withLock { $0.watch.losesFeed = true }
        case 6 where losesWork && world.strikes(.work, 0.3):
            world.note("the work queue is deleted")
            world.broker.removeWorkQueue(of: world.campaign.name)
            world.state.withLock { ($0.watch.losesWork, $0.watch.workIsWhole, $0.watch.maker) = (true, false, nil) }
        default: break
        }
    }

    /// An experiment that a person asks for, or has made.
    private func injection(_ number: Int) -> Event.Injection {
        let values = world.chance(0.5) ? ["y": -Double(number + 1)] : nil
        var point: Point = ["x": .number(world.uniform(0...1))]
        if world.campaign.batches != nil {
            let temperatures = world.campaign.temperatures
            point["T"] = .number(temperatures[world.pick(0..<temperatures.count)])
        }
        return .init(
            job: JobID("manual-\(number)"), parameters: point, values: values,
            by: "person", reason: "so")
    }

    /// What a person wants to have measured earlier or later, or more.
    private func steering(_ fold: CampaignState) -> [Event.Body] {
        var bodies: [Event.Body] = []
        let waiting = fold.pendingJobs.filter(\.status.isWaiting).map(\.job.id)
        if waiting.count > 1, world.strikes(.order, 0.1) {
            let before = world.chance(0.3) ? nil : waiting[world.pick(0..<waiting.count)]
            bodies.append(
                .moved(
                    .init(
                        job: waiting[world.pick(0..<waiting.count)], before: before, by: "person", reason: "first this")
                ))
        }
        if let job = waiting.last, world.strikes(.order, 0.05) {
            let decision: Event.Release.Decision = world.chance(0.7) ? .withdraw : .fail
            bodies.append(.released(.init(job: job, decision: decision, by: "person", reason: "not this")))
        }
        if !fold.isEnding, var budget = fold.definition?.budget, let most = budget.measurements, most < 10,
            world.strikes(.order, 0.03)
        {
            budget.measurements = most + world.pick(1..<3)
            bodies.append(.budgeted(.init(budget: budget, by: "person", reason: "more")))
        }
        return bodies
    }

    /// A person who looks after the campaign: decides on held jobs, resumes what was paused.
    func operate() async {
        var orders = 0
        while !Task.isCancelled, !world.isOver {
            try? await world.scheduler.sleep(.seconds(world.uniform(0.5...3)))
            let fold = fold
            var bodies: [Event.Body] = []
            for record in fold.held {
                let decision: Event.Release.Decision = world.chance(0.7) ? .rerun : .fail
                if decision == .rerun { world.mayRunAgain(record.job.id) }
                bodies.append(.released(.init(job: record.job.id, decision: decision, by: "person", reason: "so")))
            }
            if case .paused = fold.phase { bodies.append(.resumed(.init(by: "person", reason: "mended"))) }
            if world.strikes(.order, 0.05) { bodies.append(.paused(.init(by: "person", reason: "a look"))) }
            if world.strikes(.order, 0.05), let job = fold.observations.last?.job {
                let verdict = Event.Verdict(job: job, by: "person", reason: "a look")
                bodies.append(world.chance(0.6) ? .excluded(verdict) : .included(verdict))
                if orders.isMultiple(of: 3) {
                    // A half tells a corrected value from every measured one.
                    let values = fold.jobs[job]?.measurement?.values.mapValues { $0 + 0.5 } ?? [:]
                    bodies.append(.corrected(.init(job: job, values: values, by: "person", reason: "mistyped")))
                }
            }
            if world.strikes(.inject, 0.05) { bodies.append(.injected(injection(orders + bodies.count))) }
            bodies += steering(fold)
            await tellOfClaims(fold)
            for body in bodies {
                orders += 1
                let order = Event(
                    id: "order-\(orders)", campaign: world.campaign.name, time: world.scheduler.now, body: body)
                await give(order)
            }
        }
    }

    /// What somebody who claimed jobs has to say of them: a result, a failure, that it takes longer, that somebody else shall have it; or nothing.
    private func tellOfClaims(_ fold: CampaignState) async {
        for record in fold.claimed where world.chance(0.3) {
            guard let worker = record.worker else { continue }
            let (now, job) = (world.scheduler.now, record.job)
            let body: Event.Body
            switch world.pick(0..<6) {
            case 0:
                for id in fold.experiments(of: job.message) + [job.message] { world.mayRunAgain(id) }
                body = .returned(.init(job: job.message, publication: job.publication, by: worker, reason: "so"))
            case 1:
                body = .claimed(
                    .init(job: job.message, publication: job.publication, worker: worker, until: now + 3))
            case 2:
                body = .failed(
                    .init(job: job.id, worker: worker, reason: "so", began: now, ended: now, kind: .infeasible))
            default:
                body = .measured(
                    .init(
                        job: job.id, worker: worker, values: ["y": world.nextValue], began: now, ended: now,
                        parameters: job.parameters))
            }
            let event = Event(
                id: "bench-\(world.scheduler.steps)-\(job.id)", campaign: world.campaign.name, time: now, body: body)
            guard (try? await world.broker.send(results: [event], to: world.campaign.name)) != nil else { continue }
            world.note("the bench says \(body.type) of \(job.id)")
            world.said(event)
        }
    }

    /// Gives an order over the broker, or on the machine of the planner that holds the campaign into its ledger: always by one of both, and into
    /// one ledger, since nobody can tell which of two orders comes first that go different ways.
    private func give(_ order: Event) async {
        let holder = world.state.withLock { $0.holder?.life.name }
        let ledger = planners.first { $0.name == holder }?.ledger.withLock { $0 }
        guard await isAccepted(order) else { return }
        guard world.ordersByLedger, planners.count == 1, let ledger,
            (try? await ledger.on(InPlace()).append([order])) != nil
        else {
            try? await world.broker.send(order: order)
            world.note("\(order.id) \(order.body.type) is sent")
            return
        }
        world.note("\(order.id) \(order.body.type) stands in the ledger of \(holder ?? "")")
    }

    /// What `burette inject` and `burette move` ask before they send an order: whether a definition allows the experiment that a planner has brought
    /// already, and whether the feed tells of the job.
    private func isAccepted(_ order: Event) async -> Bool {
        guard order.body.kind == .moved || order.body.kind == .released || changesSpace && order.outside(Self.narrow)
        else { return true }
        guard let told = try? await FeedFold.events(of: world.campaign.name, at: world.broker) else { return false }
        let state = CampaignState(told)
        return state.definition.map { state.refusal(of: order, $0) == nil } ?? false
    }
}
