import AMQP

/// What must be renewed before a retry after a broker's error. Other errors are not worth a retry.
public enum LinkFailure: Hashable, Sendable {
    /// The connection is alive, and with it the planner's lock: the link over it must be renewed.
    case linkLost
    /// A new connection must be made.
    case connectionLost

    /// What must be renewed after `error`; nil where a retry cannot help.
    public init?(_ error: any Error) {
        switch error {
        case let error as AMQPError where error.isTransient: self = error.leavesConnection ? .linkLost : .connectionLost
        case BrokerError.queueGone: self = .linkLost
        // A worker may be there before its planner.
        case BrokerError.unknownCampaign, BrokerError.linkClosed, BrokerError.noQueue: self = .connectionLost
        default: return nil
        }
    }

    /// Whether the broker refuses the login, or either side the other's certificate. At a start that is a mistake to be told at once; later
    /// somebody changes a password or renews a certificate, and a retry will do.
    public static func isRefusal(_ error: any Error) -> Bool {
        switch error {
        case AMQPError.loginRefused, AMQPError.virtualHostRefused, AMQPError.insecure: true
        default: false
        }
    }
}
