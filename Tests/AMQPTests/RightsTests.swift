import AMQP
import Brokers
import Campaigns
import Foundation
import Support
import Testing

/// The roles of deploy/definitions.json: each may do its part, and nothing else.
@Suite("The rights of", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct RightsTests {
    @Test("planner, worker, operator and viewer suffice for a campaign")
    func everyPart() async throws {
        try await withCampaign { name, planner in
            let worker = try await broker("worker").openWorker(name, as: "w")
            let start = Event(
                id: "s", campaign: name, time: 1,
                body: .started(.init(job: JobID("1"), worker: "w", redelivered: false)))
            try await worker.publish(start)
            await worker.close()
            let order = Event(id: "o", campaign: name, time: 1, body: .paused(.init(by: "op", reason: "")))
            try await broker("operator").send(order: order)
            let inbox = Collector(planner.inbox)
            #expect(await inbox.next()?.id == "s")
            #expect(await inbox.next()?.id == "o")
            var seen: [EventID] = []
            for try await delivery in try await broker("viewer").feed(of: name, follow: false) {
                seen.append(delivery.id)
            }
            #expect(seen == ["s", "o"])
            let only = try Capability(texts: ["solvent=water"])
            let presence = Event(id: "p", campaign: name, time: 1, body: .present(.init(worker: "w", only: only)))
            await #expect(throws: BrokerError.noQueue(for: only)) {
                _ = try await broker("worker").openWorker(name, as: "w", for: .restricted(only), announcing: presence)
            }
            #expect(await inbox.next()?.id == "p")
            #expect(try await planner.open(only))
            await (try await broker("worker").openWorker(name, as: "w", for: .restricted(only), announcing: nil))
                .close()
        }
    }

    @Test(
        "nobody but the planner let him make, remove or lock anything",
        arguments: ["worker", "operator", "viewer", "room"])
    func configure(role: String) async throws {
        try await withCampaign { name, _ in
            try await denied(role) { try await $0.declareQueue("burette.\(name).new", durable: true) }
            try await denied(role) { try await $0.declareExchange("burette.new", kind: "topic") }
            try await denied(role) { try await $0.deleteQueue(Topology.work(name)) }
            try await denied(role) { try await $0.declareQueue(Topology.lock(name), durable: false, exclusive: true) }
        }
    }

    @Test("a worker end at results: no jobs, no orders, no planner's words")
    func worker() async throws {
        try await withCampaign { name, _ in
            let message = Message(id: "x", body: Data())
            for exchange in ["burette.jobs", "burette.control", "burette.dead", ""] {
                try await denied("worker") { try await $0.publish(message, to: exchange, key: "\(name)") }
            }
            try await denied("worker") { try await $0.publish(message, to: "burette.results", key: "\(name).finished") }
            for queue in [Topology.inbox(name), Topology.feed(name), Topology.dead(name)] {
                try await denied("worker") { _ = try await $0.get(queue) }
            }
        }
    }

    @Test("an operator end at orders")
    func operatorRole() async throws {
        try await withCampaign { name, _ in
            let message = Message(id: "x", body: Data())
            for exchange in ["burette.jobs", "burette.results", "burette.dead", ""] {
                try await denied("operator") { try await $0.publish(message, to: exchange, key: "\(name).measured") }
            }
            try await denied("operator") {
                try await $0.publish(message, to: "burette.control", key: "\(name).measured")
            }
            try await denied("operator") { _ = try await $0.get(Topology.work(name)) }
        }
    }

    @Test("the control room suffice for its bench, its orders and its pages, and end there")
    func room() async throws {
        try await withCampaign { name, planner in
            let bench = try await broker("room").openWorker(name, as: "ann")
            let start = Event(
                id: "s", campaign: name, time: 1,
                body: .started(.init(job: JobID("1"), worker: "ann", redelivered: false)))
            try await bench.publish(start)
            await bench.close()
            let move = Event.Move(job: JobID("1"), before: nil, by: "ann", reason: "")
            try await broker("room").send(order: Event(id: "o", campaign: name, time: 1, body: .moved(move)))
            let inbox = Collector(planner.inbox)
            #expect(await inbox.next()?.id == "s")
            #expect(await inbox.next()?.id == "o")
            for try await _ in try await broker("room").feed(of: name, follow: false) {}
            let message = Message(id: "x", body: Data())
            for exchange in ["burette.jobs", "burette.dead", ""] {
                try await denied("room") { try await $0.publish(message, to: exchange, key: "\(name)") }
            }
            try await denied("room") { try await $0.publish(message, to: "burette.results", key: "\(name).finished") }
            for queue in [Topology.inbox(name), Topology.dead(name)] {
                try await denied("room") { _ = try await $0.get(queue) }
            }
        }
    }

    @Test("a viewer end at looking")
    func viewer() async throws {
        try await withCampaign { name, _ in
            let message = Message(id: "x", body: Data())
            for exchange in ["burette.jobs", "burette.results", "burette.control", ""] {
                try await denied("viewer") { try await $0.publish(message, to: exchange, key: "\(name)") }
            }
            try await denied("viewer") { _ = try await $0.get(Topology.work(name)) }
        }
    }

    private func endpoint(_ role: String) throws -> Endpoint {
        var endpoint = try #require(TestBroker.endpoint)
        (endpoint.user, endpoint.password) = ("burette-\(role)", "\(role)-secret")
        return endpoint
    }

    private func broker(_ role: String) throws -> RabbitMQBroker { RabbitMQBroker(endpoint: try endpoint(role)) }

    /// The broker answers 403 to what `body` tries.
    private func denied(_ role: String, _ body: (Channel) async throws -> Void) async throws {
        let connection = try await Connection.open(try endpoint(role), name: "rights")
        let channel = try await connection.openChannel()
        try await channel.enableConfirms()
        let error = await #expect(throws: AMQPError.self) { try await body(channel) }
        guard case .channelClosed(code: 403, _)? = error else { throw Unexpected(error) }
        await connection.close()
    }

    private func withCampaign(_ body: (CampaignName, any PlannerLink) async throws -> Void) async throws {
        let name = try freshName("rights")
        let planner = try await broker("planner").openPlanner(name, as: "p", wait: false, standby: {})
        do { try await body(name, planner) } catch {
            await planner.close()
            throw error
        }
        await planner.close()
        try await broker("planner").remove(name)
    }
}
