import AMQP
import Testing

@Suite("An AMQP URI")
struct EndpointTests {
    @Test("has the defaults of the specification")
    func defaults() throws {
        let endpoint = try Endpoint(uri: "amqp://lab")
        #expect(endpoint == Endpoint(host: "lab", port: 5672, user: "guest", password: "guest", virtualHost: "/"))
        #expect(try Endpoint(uri: "amqps://lab").port == 5671)
        #expect(try Endpoint(uri: "amqps://lab").tls == Endpoint.TLS())
    }

    @Test("is decoded part by part")
    func parts() throws {
        let endpoint = try Endpoint(uri: "amqp://us%40er:p%2Fw@[::1]:99/a%2Fb?heartbeat=7")
        #expect(endpoint.host == "::1" && endpoint.port == 99)
        #expect(endpoint.user == "us@er" && endpoint.password == "p/w")
        #expect(endpoint.virtualHost == "a/b")
        #expect(endpoint.heartbeat == 7)
    }

    @Test("may name several nodes of a cluster")
    func nodes() throws {
        let endpoint = try Endpoint(uri: "amqp://me:pw@one:1,two,[::3]:3/v?heartbeat=5")
        #expect(endpoint.host == "one" && endpoint.port == 1 && endpoint.virtualHost == "v" && endpoint.heartbeat == 5)
        #expect(endpoint.others == [.init(host: "two", port: 1), .init(host: "::3", port: 3)])
        #expect("\(endpoint)" == "amqp://me@one:1,two:1,::3:3/v")
        #expect(try Endpoint(uri: "amqp://one,two").others.map(\.port) == [5672])
    }

    @Test("takes its password from elsewhere when it has none")
    func password() throws {
        #expect(try Endpoint(uri: "amqp://me@lab", password: "pw").password == "pw")
        #expect(try Endpoint(uri: "amqp://me:own@lab", password: "pw").password == "own")
    }

    @Test("never shows its password")
    func secrecy() throws {
        #expect("\(try Endpoint(uri: "amqps://me:hidden@lab/v"))" == "amqps://me@lab:5671/v")
    }

    @Test(
        "is refused in words",
        arguments: [
            "lab:5672", "http://lab", "amqp://", "amqp://lab?verify=verify_none", "amqp://lab?heartbeat=0",
            "amqp://lab?cacertfile=ca.pem", "amqp://lab?verify=verify_peer", "amqp://lab?server_name_indication=lab",
            "amqps://lab?certfile=me.pem", "amqps://lab?keyfile=me.key", "amqps://lab?server_name_indication=disable",
            "amqp://lab?x=1", "amqps://lab?auth_mechanism=external", "amqps://lab?auth_mechanism=other",
            "amqp://lab/a/b", "amqp://lab,", "amqp://lab,,b",
        ])
    func refused(uri: String) {
        #expect(throws: Endpoint.InvalidURI.self) { try Endpoint(uri: uri) }
    }
}
