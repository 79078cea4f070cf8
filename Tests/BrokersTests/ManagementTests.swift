import AMQP
import Brokers
import Support
import Testing

@Suite("The management API")
struct ManagementTests {
    @Test("where nobody listens does not answer")
    func nobody() async throws {
        let management = try #require(
            Management(url: "http://127.0.0.1:1", of: Endpoint(uri: "amqp://guest@127.0.0.1")))
        await #expect {
            _ = try await management.probe()
        } throws: {
            "\($0)".hasPrefix("http://127.0.0.1:1 does not answer")
        }
    }

    @Test("tells its version, and refuses a wrong password", .enabled(if: TestBroker.management != nil))
    func version() async throws {
        let management = try #require(TestBroker.management)
        #expect(try await management.probe().firstMatch(of: /answers, RabbitMQ \d+\.\d+/) != nil)
        let other = try #require(
            Management(url: "\(management)", of: Endpoint(uri: "amqp://guest:wrong@127.0.0.1")))
        await #expect {
            _ = try await other.probe()
        } throws: {
            "\($0)".contains("or another password")
        }
    }
}

@Suite("A version of RabbitMQ")
struct RabbitMQVersionTests {
    @Test("is read from what a broker says it is, and compared by its numbers")
    func versions() {
        #expect(RabbitMQVersion(product: "RabbitMQ 3.10.8") == RabbitMQVersion(3, 10))
        #expect(RabbitMQVersion(product: "RabbitMQ 4.0.5+dfsg") == RabbitMQVersion(4, 0))
        #expect(RabbitMQVersion(product: "LavinMQ 2.1") == nil)
        #expect(RabbitMQVersion(3, 9) < .oldestSupported && RabbitMQVersion(3, 10) >= .oldestSupported)
        #expect(!RabbitMQVersion(3, 11).hasConsumerTimeoutOfQueue && RabbitMQVersion(4, 0).hasConsumerTimeoutOfQueue)
    }
}
