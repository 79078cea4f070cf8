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

    @Test("logs in by a certificate, as the user whom it names and with his rights")
    func certificateLogin() async throws {
        let connection = try await Connection.open(try client("burette-worker"), name: "tls")
        let channel = try await connection.openChannel()
        await #expect {
            try await channel.declareQueue("burette.new", durable: true)
        } throws: {
            "\($0)".contains("burette-worker")
        }
        await connection.close()
    }

    @Test("refuses the certificate of a user whom the broker does not know, and says so")
    func unknownCertificate() async throws {
        let error = await #expect(throws: AMQPError.self) {
            _ = try await Connection.open(try client("nobody"), name: "tls")
        }
        guard let error, case .loginRefused = error else { throw Unexpected(error) }
        #expect("\(error)".contains("certificate"))
    }

    @Test("says of each failure what it is, and what to do")
    func sentences() async throws {
        let folder = try #require(TestBroker.certificates)
        let plain = try #require(TestBroker.endpoint)
        func sentence(_ change: (inout Endpoint) -> Void) async throws -> String {
            var endpoint = try endpoint(authority: "ca")
            change(&endpoint)
            let told = endpoint
            let error = await #expect(throws: AMQPError.self) { _ = try await Connection.open(told, name: "tls") }
            print(error.map { "\($0)" } ?? "")
            return error.map { "\($0)" } ?? ""
        }
        let server = try await TLSServer.start(
            ["-cert", "\(folder)/server.pem", "-key", "\(folder)/server.key"] + [
                "-CAfile", "\(folder)/ca.pem", "-Verify", "1", "-verify_return_error",
            ])
        let expired = try await TLSServer.start(["-cert", "\(folder)/expired.pem", "-key", "\(folder)/expired.key"])
        #expect(try await sentence { $0.tls?.authorities = "\(folder)/stranger.pem" }.contains("no authority in"))
        #expect(try await sentence { $0.host = "127.0.0.1" }.contains("is not for 127.0.0.1"))
        #expect(try await sentence { $0.port = expired.port }.contains("has expired"))
        #expect(try await sentence { $0.port = plain.port }.contains("no TLS is spoken there"))
        #expect(try await sentence { $0.port = server.port }.contains("Set certfile and keyfile"))
        #expect(
            try await sentence {
                $0.port = server.port
                $0.tls?.certificate = "\(folder)/stranger-client.pem"
                $0.tls?.key = "\(folder)/stranger-client.key"
            }.contains("does not take the certificate"))
        #expect(
            try await sentence {
                $0.tls?.certificate = "/no/such.pem"
                $0.tls?.key = "/no/such.key"
            }
            .contains("/no/such.pem"))
        #expect(
            try await sentence {
                $0.tls = nil
            }.contains("amqps://"))
        server.stop()
        expired.stop()
    }

    private func client(_ name: String) throws -> Endpoint {
        var endpoint = try endpoint(authority: "ca")
        let folder = try #require(TestBroker.certificates)
        endpoint.tls?.certificate = "\(folder)/\(name).pem"
        endpoint.tls?.key = "\(folder)/\(name).key"
        endpoint.login = .certificate
        return endpoint
    }

    private func endpoint(authority: String?) throws -> Endpoint {
        var endpoint = try #require(TestBroker.tls)
        let folder = try #require(TestBroker.certificates)
        if let authority { endpoint.tls?.authorities = "\(folder)/\(authority).pem" }
        return endpoint
    }
}
