import Campaigns
import Foundation
import GRDB
import ServiceRuntime

/// Errors of a ledger. None of them loses data: recorded events stay, and a result that could not be
/// recorded stays at the broker.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such file.
    case missing(path: String)
    /// The file was removed or replaced while it was followed.
    case replaced(path: String)
    /// Another process holds a write lock.
    case locked(path: String)
    /// Another planner uses it.
    case inUse(path: String)
    /// It is no ledger, or it is damaged.
    case damaged(path: String, reason: String)
    /// Its measurements would mean something else under the campaign's definition.
    case otherCampaign(path: String, name: CampaignName, [DefinitionConflict])
    /// Anything else that SQLite says.
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .missing(let path): "there is no ledger at \(path): check the campaign's name and --data"
        case .replaced(let path): "the ledger \(path) was removed or replaced meanwhile: start again"
        case .locked(let path):
            "the ledger \(path) has been locked by another program for more than 5 s; close that program and try again"
        case .inUse(let path): "another planner uses the ledger \(path); only one may"
        case .damaged(let path, let reason):
            "the ledger \(path) is damaged or no ledger (\(reason)). Move it away; over RabbitMQ `burette plan` rebuilds it from the feed"
        case .otherCampaign(let path, let name, let conflicts):
            "\(path) holds a campaign \(name) that this definition cannot continue: \(conflicts.map(\.description).joined(separator: "; ")). Otherwise give this one another name, or remove the old one with `burette clear \(name)`"
        case .failed(let path, let reason): "the ledger \(path) failed: \(reason)"
        }
    }

    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError { throw translated(error, path: path) }
    }

    private static func translated(_ error: DatabaseError, path: String) -> any Error {
        let reason = error.message ?? "code \(error.resultCode.rawValue)"
        // The write-ahead log's index is a file too.
        if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE { return FileError.diskFull(path: path) }
        return switch error.resultCode {
        case .SQLITE_FULL: FileError.diskFull(path: path)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            FileError.unwritable(path: path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: LedgerError.locked(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: LedgerError.damaged(path: path, reason: reason)
        default: LedgerError.failed(path: path, reason: reason)
        }
    }
}

extension LedgerError: CodedError {
    public var code: String {
        switch self {
        case .missing: "ledger-missing"
        case .replaced: "ledger-replaced"
        case .locked: "ledger-locked"
        case .inUse: "ledger-in-use"
        case .damaged: "ledger-damaged"
        case .otherCampaign: "other-definition"
        case .failed: "ledger-failed"
        }
    }
}

extension FileError: CodedError {
    public var code: String {
        switch self {
        case .diskFull: "disk-full"
        case .unwritable: "unwritable"
        }
    }
}
