import AMQP
import Support
import Testing

@Suite("TLS", .enabled(if: TestBroker.tls != nil, "start these with deploy/test"), .timeLimit(.minutes(5)))
struct TLSTests {
    @Test("connects to a broker whose certificate is trusted and names the host")
    func trusted() async throws {
        let connection = try await Connection.open(try endpoint(authority: "ca"), name: "tls")
        #expect(await connection.serverProduct().hasPrefix("RabbitMQ"))
        await connection.close()
    }

    @Test("refuses a certificate by an authority that is not trusted")
    func stranger() async throws {
        try await refused(try endpoint(authority: "stranger"))
        try await refused(try endpoint(authority: nil))
    }

    @Test("refuses a certificate for another host")
    func otherHost() async throws {
        var endpoint = try endpoint(authority: "ca")
        endpoint.host = "127.0.0.1"
        try await refused(endpoint)
    }

    @Test("connects by an address to the server that the URI names, and to no other")
    func serverName() async throws {
        var endpoint = try endpoint(authority: "ca")
        endpoint.host = "127.0.0.1"
        endpoint.tls?.serverName = "localhost"
        let connection = try await Connection.open(endpoint, name: "tls")
        #expect(await connection.serverProduct().hasPrefix("RabbitMQ"))
        await connection.close()
        endpoint.tls?.serverName = "elsewhere"
        try await refused(endpoint)
        // Also where the host itself is the certificate's.
        endpoint.host = "localhost"
        try await refused(endpoint)
    }

    @Test("says which authorities' file is missing")
    func missingFile() async throws {
        var endpoint = try endpoint(authority: "ca")
        endpoint.tls?.authorities = "/no/such/file.pem"
        let error = try await refused(endpoint)
        #expect("\(error)".contains("/no/such/file.pem"))
    }

    @discardableResult
    private func refused(_ endpoint: Endpoint) async throws -> AMQPError {
        let error = await #expect(throws: AMQPError.self) { _ = try await Connection.open(endpoint, name: "tls") }
        guard let error, case .insecure = error else { throw Unexpected(error) }
        return error
    }

    private func endpoint(authority: String?) throws -> Endpoint {
        var endpoint = try #require(TestBroker.tls)
        let folder = try #require(TestBroker.certificates)
        if let authority { endpoint.tls?.authorities = "\(folder)/\(authority).pem" }
        return endpoint
    }
}
