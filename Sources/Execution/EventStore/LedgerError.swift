import Campaigns
import Foundation
import GRDB

/// What can be wrong with a ledger. Nothing is lost by any of it: what was recorded stays, and a result that could not be
/// recorded stays at the broker.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such file.
    case missing(path: String)
    /// Another process keeps it locked.
    case locked(path: String)
    /// Another planner uses it.
    case inUse(path: String)
    /// It is no ledger, or it is damaged.
    case damaged(path: String, reason: String)
    /// It belongs to a campaign with another space or other objectives.
    case otherCampaign(path: String, name: CampaignName)
    /// The disk is full.
    case diskFull(path: String)
    /// The file or its folder cannot be written.
    case unwritable(path: String, reason: String)
    /// Anything else that SQLite says.
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .missing(let path): "there is no ledger at \(path): look at the campaign's name and at --data"
        case .locked(let path):
            "the ledger \(path) is locked by another program for more than 5 s; close that program and try again"
        case .inUse(let path): "another planner uses the ledger \(path); only one may"
        case .damaged(let path, let reason):
            "the ledger \(path) is damaged or no ledger (\(reason)). Move it away; over RabbitMQ `burette plan` rebuilds it from the feed"
        case .otherCampaign(let path, let name):
            "\(path) holds a campaign \(name) with other parameters or objectives. Give this one another name, or remove the old one with `burette clear \(name)`"
        case .diskFull(let path): "the disk is full: \(path) cannot grow. Make room and start again; nothing is lost"
        case .unwritable(let path, let reason):
            "\(path) cannot be written (\(reason)). Look at its permissions, or choose another --data"
        case .failed(let path, let reason): "the ledger \(path) failed: \(reason)"
        }
    }

    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError { throw LedgerError(error, path: path) }
    }

    private init(_ error: DatabaseError, path: String) {
        let reason = error.message ?? "code \(error.resultCode.rawValue)"
        self =
            switch error.resultCode {
            // The write-ahead log's index is a file too.
            case _ where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: .diskFull(path: path)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, reason: reason)
            case .SQLITE_FULL: .diskFull(path: path)
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .unwritable(path: path, reason: reason)
            default: .failed(path: path, reason: reason)
            }
    }
}
