import AMQP

/// What an error of a broker leaves intact, and so what a retry must renew. Other errors no retry would mend.
public enum LinkFailure: Hashable, Sendable {
    /// The connection is alive, and with it the planner's lock: the link over it must be renewed.
    case linkLost
    /// A new connection must be made.
    case connectionLost

    /// What `error` leaves intact; nil where no further try would help.
    public init?(_ error: any Error) {
        switch error {
        case let error as AMQPError where error.isTransient: self = error.leavesConnection ? .linkLost : .connectionLost
        case BrokerError.queueGone: self = .linkLost
        // A worker may be there before its planner.
        case BrokerError.unknownCampaign, BrokerError.linkClosed, BrokerError.noQueue: self = .connectionLost
        default: return nil
        }
    }
}
