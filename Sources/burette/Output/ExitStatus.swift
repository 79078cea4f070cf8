import AMQP
import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import EventStore
import Foundation
import Instruments
import Monitoring
import Planners
import ServiceRuntime
import Sheets
import WorkerService

/// The exit statuses that scripts rely on (docs/cli.md), and the sentence that goes with each error.
enum ExitStatus: Int32 {
    case failure = 1
    case usage = 64
    case wrongData = 65
    case brokerUnreachable = 69
    case campaignHeld = 75
    case interrupted = 130

    /// Ends the process: one sentence on standard error, and the status; with `--json` one line of JSON instead of the sentence.
    static func end(_ command: any ParsableCommand.Type, with error: any Error) -> Never {
        if error is CancellationError { exit(interrupted.rawValue) }
        let asJSON = CommandLine.arguments.contains("--json")
        guard let status = status(of: error) else {
            let code = command.exitCode(for: error)
            guard asJSON, code != .success, !(error is ExitCode) else { command.exit(withError: error) }
            Output.error(ErrorReport(code: "usage", message: command.message(for: error), status: code.rawValue))
            exit(code.rawValue)
        }
        if asJSON { Output.error(ErrorReport(error, status.rawValue)) } else { Output.note("burette: \(error)") }
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
        case is LedgerError, is FileError, is WorkerIdentity.Taken, is NotOpened, is NothingToDecide, is OutOfPlace,
            is ControlRoom.Refused, is AccountProblem,
            is InstrumentUnusable, is SpreadsheetNotWritable:
            failure
        case is CampaignState.NoSuchJob: wrongData
        case is CampaignFileError, is PlannerError, is UnknownSurface, is WrongData, is WorkbookSpreadsheet.Unusable:
            wrongData
        case is CampaignName.InvalidName: usage
        case is Failure: failure
        default: nil
        }
    }
}

/// An error as `--json` tells it: `{"error": {"code": "ledger-in-use", "message": "...", "status": 75}}`.
struct ErrorReport: Encodable {
    /// What is wrong, as one word (docs/cli.md).
    var code: String
    /// The sentence for people.
    var message: String
    /// The exit status.
    var status: Int32
    /// What is wrong with which value, where one is meant.
    var details: Refusal.Details?
    /// Where it stands, in a file.
    var file: String?
    var line: Int?

    init(code: String, message: String, status: Int32) {
        (self.code, self.message, self.status) = (code, message, status)
    }

    init(_ error: any Error, _ status: Int32) {
        self.init(code: (error as? any CodedError)?.code ?? "failed", message: "\(error)", status: status)
        details = (error as? WrongData)?.refusal?.details
        if let error = error as? CampaignFileError {
            (file, line, details) = (error.file, error.line, error.details)
        }
    }
}

/// A failure at run time; ends with 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
