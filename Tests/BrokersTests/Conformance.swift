import AMQP
import Brokers
import Campaigns
import Foundation
import Support
import Testing

/// The promises of the Broker protocol, held by the embedded broker and by RabbitMQ alike.
@Suite("A broker", .timeLimit(.minutes(5)))
struct Conformance {
    @Test("hands a worker one job at a time, in the order of their publication", arguments: BrokerKind.available)
    func prefetch(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(3))
            let worker = try await scene.worker()
            let jobs = Collector(worker.jobs)
            for number in 1...3 {
                let delivery = try #require(await jobs.next())
                #expect(delivery.id == scene.job(number).id)
                #expect(!delivery.redelivered)
                #expect(await jobs.next(within: 0.15) == nil, "the next comes only when the last is acknowledged")
                try await worker.acknowledge(delivery)
            }
        }
    }

    @Test("spreads jobs over the workers that are there", arguments: BrokerKind.available)
    func spreads(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let (one, other) = (try await scene.worker(), try await scene.worker())
            let (first, second) = (Collector(one.jobs), Collector(other.jobs))
            try await scene.planner.publish(scene.jobs(2))
            let got = [try #require(await first.next()).id, try #require(await second.next()).id]
            #expect(Set(got) == Set(scene.jobs(2).map(\.id)))
        }
    }

    @Test("forgets an acknowledged job", arguments: BrokerKind.available)
    func acknowledgement(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(1))
            let worker = try await scene.worker()
            let delivery = try #require(await Collector(worker.jobs).next())
            try await worker.acknowledge(delivery)
            await worker.close()
            let successor = try await scene.worker()
            #expect(await Collector(successor.jobs).next(within: 0.3) == nil)
            #expect(try await scene.planner.depth().ready == 0)
        }
    }

    @Test("gives the job of a worker that goes to another one, and says so", arguments: BrokerKind.available)
    func redelivery(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(2))
            let lost = try await scene.worker()
            _ = try #require(await Collector(lost.jobs).next())
            await lost.close()
            let worker = try await scene.worker()
            let delivery = try #require(await Collector(worker.jobs).next())
            #expect(delivery.id == scene.job(1).id, "it comes back to its old place")
            #expect(delivery.redelivered)
        }
    }

    @Test("gives back a job to whoever is free", arguments: BrokerKind.available)
    func givingBack(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(1))
            let worker = try await scene.worker()
            let jobs = Collector(worker.jobs)
            try await worker.giveBack(try #require(await jobs.next()))
            let again = try #require(await jobs.next())
            #expect(again.id == scene.job(1).id)
            #expect(again.earlierDeliveries == 1)
        }
    }

    @Test("lets the planner withdraw ready jobs, and only those", arguments: BrokerKind.available)
    func withdrawal(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(3))
            let worker = try await scene.worker()
            _ = try #require(await Collector(worker.jobs).next())
            let second = try #require(try await scene.planner.getJob())
            let third = try #require(try await scene.planner.getJob())
            #expect([second.id, third.id] == [scene.job(2).id, scene.job(3).id])
            #expect(try await scene.planner.getJob() == nil)
            try await scene.planner.acknowledge([second, third])
            await worker.close()
            let successor = try await scene.worker()
            let delivery = try #require(await Collector(successor.jobs).next())
            #expect(delivery.id == scene.job(1).id)
        }
    }

    @Test("puts a job back that a planner took and did not acknowledge", arguments: BrokerKind.available)
    func unfinishedWithdrawal(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(1))
            _ = try #require(try await scene.planner.getJob())
            await scene.planner.close()
            let worker = try await scene.worker()
            #expect(await Collector(worker.jobs).next()?.id == scene.job(1).id)
        }
    }

    @Test("gives a job up after the delivery limit, and tells the planner", arguments: BrokerKind.available)
    func deliveryLimit(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let inbox = Collector(scene.planner.inbox)
            try await scene.planner.publish(scene.jobs(1))
            var deliveries = 0
            for _ in 0...Topology.deliveryLimit {
                let worker = try await scene.worker()
                let delivery = try #require(await Collector(worker.jobs).next())
                #expect(delivery.earlierDeliveries == deliveries)
                deliveries += 1
                await worker.close()
            }
            let note = try #require(await inbox.next())
            guard case .dead(let reference) = try note.event(of: scene.campaign).body else {
                Issue.record("the inbox got \(note.topic) instead")
                return
            }
            #expect(reference.job == JobID("1"))
            let successor = try await scene.worker()
            #expect(await Collector(successor.jobs).next(within: 0.3) == nil)
        }
    }

    @Test("sends a job that a worker cannot read to the dead-letter queue", arguments: BrokerKind.available)
    func refusal(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let inbox = Collector(scene.planner.inbox)
            try await scene.planner.publish(scene.jobs(1))
            let worker = try await scene.worker()
            try await worker.refuse(try #require(await Collector(worker.jobs).next()))
            #expect(await inbox.next()?.topic == "dead")
            #expect(try await scene.planner.depth().ready == 0)
        }
    }

    @Test("keeps every event in the feed, from the first", arguments: BrokerKind.available)
    func feed(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(2))
            let worker = try await scene.worker()
            try await worker.publish(scene.result(1))
            let order = scene.event("order", .paused(.init(by: "test", reason: "a look")))
            try await scene.broker.send(order: order)
            let marker = scene.event("marker", .finished(.init(by: "test", reason: "done")))
            try await scene.planner.publish([marker])
            let ids = scene.jobs(2).map(\.id) + [scene.result(1).id, order.id, marker.id]
            let replay = try await scene.planner.replay(from: nil, until: marker.id)
            #expect(replay.deliveries.map(\.id) == ids && replay.isWhole && replay.end.id == marker.id)
            var read: [EventID] = []
            for try await delivery in try await scene.broker.feed(of: scene.campaign, follow: false) {
                read.append(delivery.id)
            }
            #expect(read == ids)
            let followed = Collector(try await scene.broker.feed(of: scene.campaign, follow: true))
            for id in ids { #expect(await followed.next()?.id == id) }
            try await worker.publish(scene.result(2))
            #expect(await followed.next()?.id == scene.result(2).id)
        }
    }

    @Test(
        "reads on in the feed from a place, and from the first event where the place is another's",
        arguments: BrokerKind.available)
    func feedPosition(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            try await scene.planner.publish(scene.jobs(5))
            let end = try await scene.planner.replay(from: nil, until: "job-3").end
            #expect(end.id == "job-3")
            let rest = try await scene.planner.replay(from: end, until: "job-5")
            #expect(rest.deliveries.map(\.id) == ["job-3", "job-4", "job-5"] && !rest.isWhole)
            for wrong in [
                FeedPosition(offset: end.offset - 1, id: end.id), FeedPosition(offset: end.offset + 1000, id: end.id),
            ] {
                let whole = try await scene.planner.replay(from: wrong, until: "job-5")
                #expect(whole.deliveries.map(\.id) == scene.jobs(5).map(\.id) && whole.isWhole)
            }
        }
    }

    @Test(
        "puts events that it is asked to restore into the feed alone, under their own topics",
        arguments: BrokerKind.available)
    func restores(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let inbox = Collector(scene.planner.inbox)
            try await scene.planner.restore([scene.job(1), scene.result(1)])
            let replay = try await scene.planner.replay(from: nil, until: scene.result(1).id)
            #expect(replay.deliveries.map(\.topic) == ["published", "measured"])
            #expect(try replay.deliveries.map { try $0.event(of: scene.campaign) } == [scene.job(1), scene.result(1)])
            #expect(try await scene.planner.depth().ready == 0)
            #expect(await inbox.next(within: 0.2) == nil)
        }
    }

    @Test(
        "tells its first planner that all queues are new, and a later one that none is", arguments: BrokerKind.available
    )
    func newQueues(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            #expect(scene.planner.made == Set(CampaignQueue.allCases))
            #expect(try await scene.broker.isPlanned(scene.campaign))
            await scene.planner.close()
            #expect(try await eventually { try await !scene.broker.isPlanned(scene.campaign) })
            let second = try await scene.broker.openPlanner(scene.campaign, as: "second", wait: true, standby: {})
            #expect(second.made.isEmpty)
            await second.close()
        }
    }

    @Test(
        "renews a planner's link without letting its lock go, and hands over once more what was not acknowledged",
        arguments: BrokerKind.available)
    func renewal(kind: BrokerKind) async throws {
        try await scene(kind) { scene in
            let inbox = Collector(scene.planner.inbox)
            try await scene.planner.publish(scene.jobs(2))
            let worker = try await scene.worker()
            let job = try #require(await Collector(worker.jobs).next())
            try await worker.publish(scene.result(1))
            #expect(await inbox.next()?.id == scene.result(1).id)
            let taken = try #require(try await scene.planner.getJob())
            #expect(taken.id == scene.job(2).id)
            let renewed = try await scene.planner.renewed()
            #expect(await inbox.ends())
            #expect(await Collector(renewed.inbox).next()?.id == scene.result(1).id)
            #expect(try await eventually { try await renewed.getJob()?.id == scene.job(2).id })
            await #expect(throws: BrokerError.held(scene.campaign)) {
                _ = try await scene.broker.openPlanner(scene.campaign, as: "second", wait: false, standby: {})
            }
            try await worker.acknowledge(job)
        }
    }
}
