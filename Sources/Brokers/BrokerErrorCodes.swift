import AMQP
import Campaigns

extension BrokerError: CodedError {
    public var code: String {
        switch self {
        case .held: "campaign-held"
        case .unknownCampaign: "unknown-campaign"
        case .otherArguments: "other-arguments"
        case .queueGone: "queue-gone"
        case .noQueue: "no-queue"
        case .linkClosed: "link-closed"
        case .feedCutShort: "feed-cut-short"
        case .tooOld: "broker-too-old"
        }
    }
}

extension AMQPError: CodedError {
    public var code: String {
        switch self {
        case .unreachable: "broker-unreachable"
        case .loginRefused: "login-refused"
        case .virtualHostRefused: "virtual-host-refused"
        case .turnedAway: "connection-refused"
        case .insecure: "tls-failed"
        case .connectionLost: "connection-lost"
        case .channelClosed: "channel-closed"
        case .unroutable: "unroutable"
        case .refused: "publication-rejected"
        case .consumerCancelled: "consumer-cancelled"
        case .closed: "connection-closed"
        }
    }
}

extension Endpoint.InvalidURI: CodedError {
    public var code: String { "invalid-broker-url" }
}
