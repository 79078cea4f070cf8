import AMQP
import Brokers

/// Which errors a new link may mend.
enum Transience {
    static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case let error as AMQPError: error.isTransient
        // A worker may be there before its planner.
        case BrokerError.unknownCampaign: true
        default: false
        }
    }
}
