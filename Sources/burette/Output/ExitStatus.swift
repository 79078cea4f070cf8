import AMQP
import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Instruments
import Monitoring
import Planners
import ServiceRuntime
import WorkerService

/// The exit statuses that scripts rely on (docs/cli.md), and the sentence that goes with each error.
enum ExitStatus: Int32 {
    case failure = 1
    case usage = 64
    case wrongData = 65
    case brokerUnreachable = 69
    case campaignHeld = 75
    case interrupted = 130

    /// Ends the process: one sentence on standard error, and the status.
    static func end(_ command: any ParsableCommand.Type, with error: any Error) -> Never {
        if error is CancellationError { exit(interrupted.rawValue) }
        guard let status = status(of: error) else { command.exit(withError: error) }
        Output.note("burette: \(error)")
        exit(status.rawValue)
    }

    /// The status of an error of Burette's own; nil for those of the argument parser.
    private static func status(of error: any Error) -> ExitStatus? {
        switch error {
        case let error as AMQPError:
            switch error {
            case .unreachable, .turnedAway, .loginRefused, .virtualHostRefused, .insecure, .connectionLost:
                brokerUnreachable
            default: failure
            }
        case is Endpoint.InvalidURI: usage
        case BrokerError.held, LedgerError.inUse: campaignHeld
        case is BrokerError: failure
        case LedgerError.otherCampaign, LedgerError.damaged: wrongData
        case is LedgerError, is FileError, is WorkerIdentity.Taken, is NotOpened, is NothingToDecide: failure
        case is CampaignState.NoSuchJob: wrongData
        case is CampaignFileError, is PlannerError, is UnknownSurface, is WrongData: wrongData
        case is CampaignName.InvalidName: usage
        case is Failure: failure
        default: nil
        }
    }
}

/// Data that cannot be used; ends with 65.
struct WrongData: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A failure at run time; ends with 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
