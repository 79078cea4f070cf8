import AMQP
import Brokers
import Campaigns
import Foundation
import Support
import TestLaboratory
import Testing

/// What RabbitMQ itself can do to a campaign.
@Suite("Over RabbitMQ", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct BrokerTroubleTests {
    @Test("a campaign goes on when the broker closes all its connections in the middle of measurements")
    func closedConnections() async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let name = laboratory.campaign.name
            let closing = Task {
                for _ in 0..<2 {
                    let before = CampaignState(try await laboratory.ledger.events().events).measured
                    _ = try await eventually(within: 60) {
                        let state = CampaignState(try await laboratory.ledger.events().events)
                        return state.measured >= before + 3 || state.isFinished
                    }
                    try await TestBroker.closeConnections(naming: name.rawValue)
                }
            }
            let slow = Measuring { job in
                try await Task.sleep(for: .milliseconds(400))
                return ["branin": job.parameters["x0"]?.number ?? 0]
            }
            let state = try await laboratory.run([slow, slow])
            try await closing.value
            #expect(state.measured == 20 && state.pending.isEmpty && state.dead == 0)
        }
    }

    @Test("an event counts that planners received and lost twenty-five times before one took it")
    func oftenReceived() async throws {
        try await Laboratory.with(.rabbitMQ, { $0.budget.measurements = 1000 }) { laboratory in
            let name = laboratory.campaign.name
            let measured = Measuring { _ in ["branin": 1] }
            _ = try await laboratory.run([measured], until: { $0.measured >= 3 })
            let point: Point = ["x0": .number(1), "x1": .number(2)]
            let asked = Event.Injection(job: JobID("mine"), parameters: point, values: nil, by: "ann", reason: "")
            try await laboratory.broker.send(
                order: Event(id: "ask", campaign: name, time: 1, body: .injected(asked)))
            // From version 4.0 on a quorum queue gives a message up after the twentieth.
            for _ in 0..<25 {
                try await withConnection { connection in
                    _ = try await connection.openChannel().get(Topology.inbox(name))
                }
            }
            let state = try await laboratory.run(
                [measured], until: { $0.isFinished || $0.observations.contains { $0.parameters == point } })
            #expect(state.observations.contains { $0.parameters == point }, "the order was lost")
        }
    }

    @Test("a queue that exists with other arguments is named, and left as it is")
    func otherArguments() async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let queue = Topology.work(laboratory.campaign.name)
            let connection = try await Connection.open(try #require(TestBroker.endpoint), name: "test")
            try await connection.openChannel().declareQueue(queue, durable: true)
            let error = await #expect(throws: BrokerError.self) { _ = try await laboratory.run([]) }
            #expect("\(try #require(error))".hasPrefix("\(queue) exists at the broker with other arguments"))
            #expect(try await connection.openChannel().status(ofQueue: queue).ready == 0)
            await connection.close()
        }
    }

    @Test(
        "a flood of bad messages ends in the dead-letter queue, each one with its reason, and no result is lost among them"
    )
    func flood() async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let (name, seed) = (laboratory.campaign.name, UInt64.random(in: .min ... .max))
            var dice = Dice(seed: seed)
            let good = Event(
                id: "g", campaign: name, time: 1,
                body: .measured(.init(job: JobID("0001"), worker: "w", values: ["branin": 1], began: 1, ended: 2)))
            let text = [UInt8](try good.json())
            var bad: [Data] = [
                Data(repeating: 0x5B, count: 10_000_000), Data(repeating: 0x5B, count: 200_000), Data(),
                try Event(id: "other", campaign: freshName(), time: 1, body: good.body).json(),
                try Event(
                    id: "huge", campaign: name, time: 1,
                    body: .measured(
                        .init(
                            job: JobID(String(repeating: "9", count: 5000)), worker: "w", values: ["branin": 1e308],
                            began: 1, ended: 2))
                ).json(),
            ]
            for _ in 0..<200 {
                var bytes = text
                for _ in 0..<Int.random(in: 1...3, using: &dice) {
                    bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
                }
                // One that is an event all the same is about a job that does not exist.
                bad.append(Data(bytes))
            }
            let messages = bad
            let flooding = Measuring { job in
                if job.id.rawValue.hasPrefix("0003") {
                    try await withConnection { connection in
                        let channel = try await connection.openChannel()
                        try await channel.enableConfirms()
                        try await channel.publish(
                            messages.map {
                                Publication(
                                    message: Message(id: "", body: $0), exchange: "burette.results",
                                    key: "\(name).measured")
                            })
                    }
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([flooding])
            #expect(state.measured == 20 && state.pending.isEmpty, "seed \(seed)")
            // Whatever came after the end is taken in by the next planner.
            let after = try await laboratory.run([])
            #expect(after.tally.unreadable == messages.count, "seed \(seed)")
            try await withConnection { connection in
                let channel = try await connection.openChannel()
                var bodies: [Data] = []
                while let dead = try await channel.get(Topology.dead(name)) {
                    #expect(dead.message.headers["burette-reason"]?.string?.isEmpty == false)
                    bodies.append(dead.message.body)
                    try await channel.acknowledge(dead.tag)
                }
                #expect(bodies.map(\.count).sorted() == messages.map(\.count).sorted(), "seed \(seed)")
            }
        }
    }

    @Test(
        "a message that cannot be read is in the dead-letter queue with the reason, and the campaign goes on",
        arguments: ["", "{", "garbage \u{0} \u{1F4A5}", #"{"version": 9}"#, #"{"version": 1, "type": "measured"}"#])
    func garbage(text: String) async throws {
        try await Laboratory.with(.rabbitMQ) { laboratory in
            let name = laboratory.campaign.name
            let connection = try await Connection.open(try #require(TestBroker.endpoint), name: "test")
            let channel = try await connection.openChannel()
            try await channel.enableConfirms()
            let throwing = Measuring { job in
                if job.id.rawValue.hasPrefix("0002") {
                    let message = Message(id: "", body: Data(text.utf8))
                    try await channel.publish(message, to: "burette.results", key: "\(name).measured")
                }
                return ["branin": 1]
            }
            let state = try await laboratory.run([throwing])
            #expect(state.measured == 20 && state.tally.unreadable == 1 && state.pending.isEmpty)
            let dead = try #require(try await channel.get(Topology.dead(name)))
            #expect(dead.message.body == Data(text.utf8))
            #expect(dead.message.headers["burette-reason"]?.string?.isEmpty == false)
            try await channel.acknowledge(dead.tag)
            await connection.close()
        }
    }
}
