import AMQP
import Brokers
import Campaigns
import Foundation
import Support
import Testing

// Counts, the planner's lock and inbox, orders, removal, and workers that cannot do everything.
extension Conformance {
    @Test("counts the ready jobs and the workers", arguments: BrokerKind.available)
    func census(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            #expect(try await scene.planner.depth() == QueueDepth(ready: 0, consumers: 0))
            try await scene.planner.publish(scene.jobs(3))
            #expect(try await scene.broker.depth(of: scene.campaign) == QueueDepth(ready: 3, consumers: 0))
            let worker = try await scene.worker()
            let other = try await scene.worker()
            #expect(try await eventually { try await scene.planner.depth() == QueueDepth(ready: 1, consumers: 2) })
            await worker.close()
            #expect(try await eventually { try await scene.planner.depth() == QueueDepth(ready: 2, consumers: 1) })
            await other.close()
        }
    }

    @Test("has one planner a campaign; a second stands by and follows at once", arguments: BrokerKind.available)
    func lock(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let broker = scene.broker
            let campaign = scene.campaign
            await #expect(throws: BrokerError.held(campaign)) {
                _ = try await broker.openPlanner(campaign, as: "second", wait: false, standby: {})
            }
            let (standing, stands) = AsyncStream.makeStream(of: Void.self)
            let second = Task {
                try await broker.openPlanner(campaign, as: "second", wait: true, standby: { stands.yield() })
            }
            var iterator = standing.makeAsyncIterator()
            await iterator.next()
            await scene.planner.close()
            let successor = try await second.value
            try await successor.publish(scene.jobs(1))
            await #expect(throws: (any Error).self, "the first has lost its lock, and its voice with it") {
                try await scene.planner.publish(scene.jobs(1))
            }
            await successor.close()
        }
    }

    @Test("lets a planner that stands by give up", arguments: BrokerKind.available)
    func givingUpTheLock(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let (broker, campaign) = (scene.broker, scene.campaign)
            let (standing, stands) = AsyncStream.makeStream(of: Void.self)
            let second = Task {
                try await broker.openPlanner(campaign, as: "second", wait: true, standby: { stands.yield() })
            }
            var iterator = standing.makeAsyncIterator()
            await iterator.next()
            second.cancel()
            await #expect(throws: CancellationError.self) { _ = try await second.value }
        }
    }

    @Test("keeps what the planner has not acknowledged for the next planner", arguments: BrokerKind.available)
    func inbox(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(2))
            let worker = try await scene.worker()
            let inbox = Collector(scene.planner.inbox)
            try await worker.publish(scene.result(1))
            try await worker.publish(scene.result(2))
            let first = try #require(await inbox.next())
            #expect(first.id == scene.result(1).id)
            #expect(try first.event(of: scene.campaign) == scene.result(1))
            _ = try #require(await inbox.next())
            try await scene.planner.acknowledge([first])
            await scene.planner.close()
            let successor = try await scene.broker.openPlanner(scene.campaign, as: "next", wait: true, standby: {})
            let again = try #require(await Collector(successor.inbox).next())
            #expect(again.id == scene.result(2).id)
            await successor.close()
        }
    }

    @Test("brings an operator's order to the planner", arguments: BrokerKind.available)
    func orders(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let order = scene.event("order", .stopped(.init(by: "operator", reason: "the lab floods")))
            try await scene.broker.send(order: order)
            let delivery = try #require(await Collector(scene.planner.inbox).next())
            #expect(try delivery.event(of: scene.campaign) == order)
        }
    }

    @Test("knows no campaign that no planner has opened", arguments: BrokerKind.available)
    func unknownCampaign(kind: BrokerKind) async throws {
        let (broker, name) = (kind.make(), try freshName())
        await #expect(throws: BrokerError.unknownCampaign(name)) { _ = try await broker.openWorker(name, as: "w") }
        await #expect(throws: BrokerError.unknownCampaign(name)) { _ = try await broker.depth(of: name) }
        await #expect(throws: BrokerError.unknownCampaign(name)) { _ = try await broker.feed(of: name, follow: false) }
        let order = Event(id: "o", campaign: name, time: 1, body: .paused(.init(by: "test", reason: "")))
        await #expect(throws: BrokerError.unknownCampaign(name)) { try await broker.send(order: order) }
    }

    @Test(
        "delivers nothing more to a worker that wants no more, and gives the next job to others as nobody had it",
        arguments: BrokerKind.available)
    func stopDeliveries(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(2))
            let leaving = try await scene.worker()
            let jobs = Collector(leaving.jobs)
            let delivery = try #require(await jobs.next())
            try await leaving.stopDeliveries()
            try await leaving.stopDeliveries()
            #expect(try await scene.planner.depth().ready == 1)
            try await leaving.publish(scene.result(1))
            try await leaving.acknowledge(delivery)
            #expect(await jobs.ends())
            #expect(await jobs.error == nil)
            #expect(await jobs.next(within: 0.1) == nil)
            await leaving.close()
            let next = try await scene.worker()
            let second = try #require(await Collector(next.jobs).next())
            #expect(second.id == scene.job(2).id && !second.redelivered)
        }
    }

    @Test(
        "removes a campaign as its planner would: not beside one, and wholly before the next",
        arguments: BrokerKind.available)
    func removal(kind: BrokerKind) async throws {
        let (broker, campaign) = (kind.make(), try freshName())
        let planner = try await broker.openPlanner(campaign, as: "first", wait: false, standby: {})
        await #expect(throws: BrokerError.held(campaign)) { try await broker.remove(campaign) }
        await planner.close()
        for round in 0..<5 {
            // Whoever takes over while it is removed finds all of it, or nothing.
            async let removal: Void = broker.remove(campaign)
            do {
                let next = try await broker.openPlanner(campaign, as: "next", wait: true, standby: {})
                let made = next.made
                #expect(made.isEmpty || made == Set(CampaignQueue.allCases), "round \(round): \(made)")
                await next.close()
            } catch is CancellationError {
                // The embedded broker's lock goes with the campaign.
            }
            do { try await removal } catch BrokerError.held {}
        }
        try await broker.remove(campaign)
    }

    @Test("tells a feed up to what was confirmed before somebody asked", arguments: BrokerKind.available)
    func feedEnd(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            var (count, seen) = (0, 0)
            for size in [1, 2, 700, 3, 40] {
                let order = { (number: Int) in scene.event("\(number)", .paused(.init(by: "test", reason: "\(number)")))
                }
                try await scene.planner.restore((count..<count + size).map(order))
                count += size
                seen = 0
                for try await _ in try await scene.broker.feed(of: scene.campaign, follow: false) { seen += 1 }
                #expect(seen == count)
            }
        }
    }

    @Test("counts what is delivered and not acknowledged, where it tells that at all", arguments: BrokerKind.available)
    func unacknowledged(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(3))
            let workers = [try await scene.worker(), try await scene.worker()]
            for worker in workers { _ = await Collector(worker.jobs).next() }
            // The management API counts every five seconds.
            let isCounted = await eventually(within: 15) {
                let count = await scene.planner.unacknowledged(for: .common)
                return count == 2 || (kind == .rabbitMQ && TestBroker.management == nil && count == nil)
            }
            #expect(isCounted)
            for worker in workers { await worker.close() }
        }
    }

    @Test("buries what the planner cannot read, and goes on", arguments: BrokerKind.available)
    func burial(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let worker = try await scene.worker()
            let inbox = Collector(scene.planner.inbox)
            try await worker.publish(scene.result(1))
            try await scene.planner.deadLetter(try #require(await inbox.next()), reason: "nobody knows this job")
            try await worker.publish(scene.result(2))
            #expect(await inbox.next()?.id == scene.result(2).id)
        }
    }

    @Test("keeps the jobs of workers that cannot do everything apart", arguments: BrokerKind.available)
    func capabilities(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let only = try Capability(texts: ["x=0...1", "solvent=water, 50.5 %,THF"])
            let presence = scene.event("here", .present(.init(worker: "limited", only: only)))
            let inbox = Collector(scene.planner.inbox)
            await #expect(throws: BrokerError.noQueue(for: only)) {
                _ = try await scene.broker.openWorker(
                    scene.campaign, as: "limited", for: .restricted(only), announcing: presence)
            }
            #expect(try await inbox.next()?.event(of: scene.campaign) == presence)
            #expect(try await scene.planner.open(only))
            #expect(try await scene.planner.open(only) == false)
            try await scene.planner.publish(scene.jobs(1) + [scene.job(2, for: only), scene.job(3, for: only)])
            #expect(try await scene.planner.depth(for: .restricted(only)).ready == 2)
            #expect(try await scene.planner.depth().ready == 1)
            let limited = try await scene.broker.openWorker(
                scene.campaign, as: "limited", for: .restricted(only), announcing: nil)
            let jobs = Collector(limited.jobs)
            let delivery = try #require(await jobs.next())
            #expect(try delivery.event(of: scene.campaign) == scene.job(2, for: only))
            #expect(try await limited.depth() == QueueDepth(ready: 1, consumers: 1))
            #expect(try await scene.broker.depth(of: scene.campaign, for: .restricted(only)).consumers == 1)
            #expect(try await scene.planner.getJob(for: .restricted(only))?.id == scene.job(3).id)
            try await limited.acknowledge(delivery)
            #expect(await jobs.next(within: 0.15) == nil, "the other job is for others")
            let general = try await scene.worker()
            #expect(await Collector(general.jobs).next()?.id == scene.job(1).id)
        }
    }
}
