import AMQP
import Campaigns
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// RabbitMQ's management API (https://www.rabbitmq.com/docs/management#http-api): what it counts that AMQP 0-9-1 does not tell.
public struct Management: Sendable, Hashable, CustomStringConvertible {
    private let url: URL
    private let virtualHost: String
    private let user: String
    private let password: String

    /// The API at `url`, such as `http://host:15672`, of the broker at `endpoint` and with its user; nil if that is no such URL.
    public init?(url: String, of endpoint: Endpoint) {
        guard let url = URL(string: url), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host != nil
        else { return nil }
        self.url = url
        (virtualHost, user, password) = (endpoint.virtualHost, endpoint.user, endpoint.password)
    }

    /// The API where RabbitMQ has it by default. Nil where the broker is reached over TLS: its password would go there unprotected.
    public init?(of endpoint: Endpoint) {
        guard endpoint.tls == nil else { return nil }
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        self.init(url: "http://\(host):15672", of: endpoint)
    }

    public var description: String { url.absoluteString }

    private struct Queue: Decodable {
        var messages_unacknowledged: Int?
        var effective_policy_definition: Policy?

        /// An empty one comes as an empty list from some versions.
        struct Policy: Decodable {
            var keys: [String]

            init(from decoder: any Decoder) throws {
                keys = (try? decoder.container(keyedBy: AnyKey.self))?.allKeys.map(\.stringValue).sorted() ?? []
            }
        }

        private struct AnyKey: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }

    /// The keys of the policies, an operator's included, that apply to a queue: `message-ttl`, `delivery-limit`; nil where there is no such queue.
    /// Throws ``Silent``.
    func policyKeys(ofQueue name: String) async throws -> [String]? {
        guard let answer = try await get(["queues", virtualHost, name], orNone: 404) else { return nil }
        return try decoded(Queue.self, from: answer).effective_policy_definition?.keys ?? []
    }

    /// How many messages of a queue are delivered and not acknowledged, as of the last five seconds; nil where the API has not counted this queue
    /// yet. Waits at most 3 s. Throws ``Silent`` where the API does not answer, or does not let this user see it.
    package func unacknowledged(inQueue name: String) async throws -> Int? {
        guard let answer = try await get(["queues", virtualHost, name], orNone: 404) else { return nil }
        return try decoded(Queue.self, from: answer).messages_unacknowledged
    }

    private struct Named: Decodable { var name: String }

    /// The campaigns that have a feed there, by name. Throws ``Silent``.
    package func campaigns() async throws -> [CampaignName] {
        let answer = try await get(["queues", virtualHost], query: "columns=name") ?? Data()
        return try decoded([Named].self, from: answer).compactMap { Topology.campaign(ofFeed: $0.name) }
    }

    private struct Overview: Decodable {
        var rabbitmq_version: String?
    }

    /// Returns a description of the API that answers. Throws ``Silent``.
    public func probe() async throws -> String {
        let overview = try decoded(Overview.self, from: try await get(["overview"]) ?? Data())
        return "\(url) answers, RabbitMQ \(overview.rabbitmq_version ?? "of an unknown version")"
    }

    private func decoded<Answer: Decodable>(_ type: Answer.Type, from data: Data) throws -> Answer {
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw Silent(description: "\(url) does not answer like the management API")
        }
    }

    /// The API does not answer as it should.
    public struct Silent: Error, CustomStringConvertible {
        /// A description.
        public let description: String
    }

    /// The answer; nil where its status is `none`.
    private func get(_ path: [String], query: String? = nil, orNone none: Int? = nil) async throws -> Data? {
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        let path = (["api"] + path).map(\.percentEncoded)
        parts?.percentEncodedPath = (url.path == "/" ? "" : url.path) + "/" + path.joined(separator: "/")
        parts?.percentEncodedQuery = query
        guard let address = parts?.url else { throw Silent(description: "\(url) is no address") }
        var request = URLRequest(url: address, timeoutInterval: 3)
        let login = Data("\(user):\(password)".utf8).base64EncodedString()
        request.setValue("Basic \(login)", forHTTPHeaderField: "Authorization")
        let (data, response): (Data, URLResponse)
        do {
            (data, response) = try await Self.session.data(for: request)
        } catch URLError.cancelled where !Task.isCancelled {
            throw Silent(description: "\(url) refuses: \(wrongLogin)")
        } catch {
            throw Silent(
                description: "\(url) does not answer (\((error as? URLError)?.localizedDescription ?? "\(error)"))")
        }
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        if status == none { return nil }
        guard status == 200 else {
            throw Silent(description: "\(url) refuses: \(status == 401 ? wrongLogin : "status \(status)")")
        }
        return data
    }

    private var wrongLogin: String { "the user \(user) has no tag \"management\" there, or another password" }

    private static let session = URLSession(configuration: .ephemeral, delegate: NoChallenges(), delegateQueue: nil)

    /// Gives up at once where the password is wrong; Foundation's own handling on Linux neither returns nor throws then.
    private final class NoChallenges: NSObject, URLSessionTaskDelegate {
        func urlSession(
            _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) { completionHandler(.cancelAuthenticationChallenge, nil) }
    }
}
