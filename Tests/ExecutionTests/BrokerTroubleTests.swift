import AMQP
import Brokers
import Campaigns
import Execution
import Foundation
import Support
import Testing

/// What RabbitMQ itself can do to a campaign.
@Suite("Over RabbitMQ", .enabled(if: TestBroker.isThere, "start these with deploy/test"), .timeLimit(.minutes(3)))
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
                    let listed = try await TestBroker.control("list_connections", "pid", "client_properties")
                    for line in listed.split(separator: "\n") where line.contains(name.rawValue) {
                        _ = try await TestBroker.control(
                            "close_connection", String(line.split(separator: "\t")[0]), "trouble")
                    }
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
        "a message that cannot be read is in the dead queue with the reason, and the campaign goes on",
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
