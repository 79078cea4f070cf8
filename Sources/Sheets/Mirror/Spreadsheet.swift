import Campaigns
import Spreadsheets

/// A spreadsheet with the worksheets of a campaign.
public protocol Spreadsheet: Sendable {
    /// Whether it is a file at hand: nobody counts how often it is looked at, and it can be asked whether it has changed.
    var isLocal: Bool { get }
    /// Whether somebody may have changed it since it was read or written last.
    func mayHaveChanged() async throws -> Bool
    /// The worksheets as they are; those that are missing are made first, with the head rows that `heads` has for them. One reading of the service.
    func read(heads: [Tab: [[CellValue]]]) async throws -> [Tab: Grid]
    /// Changes worksheets, all of it or nothing. One writing of the service.
    func apply(_ changes: [(tab: Tab, changes: [SheetChange])]) async throws
    /// Sets a worksheet aside that is none any more, under another name; a new one is made at the next reading.
    func setAside(_ tab: Tab) async throws
}

/// A spreadsheet cannot be changed just now, for what stands in it or since somebody works in it; what was read of it stands.
public struct SpreadsheetNotWritable: CodedError, CustomStringConvertible {
    public let description: String
    public var code: String { "spreadsheet-not-writable" }
}

extension Layout {
    /// The rows above the jobs.
    var heads: [[CellValue]] { [columns.map { .text($0.role.key) }, columns.map { .text($0.heading) }] }
}
