import ArgumentParser
import Campaigns
import Foundation
import Monitoring
import Spreadsheets

/// `burette board`.
struct BoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "Write the board of a campaign: queue, pending and results as three tables.",
        discussion: help(
            """
            A name that ends in .xlsx gets a workbook with three sheets, as Excel and LibreOffice open it; any other name is a folder, which gets \
            queue.csv, pending.csv and results.csv. What is there already is replaced as a whole. The same board, to be changed in place, is a page of \
            burette serve.
            """, examples: "burette board mine --out mine.xlsx", "burette board mine --out board"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: ArgumentHelp("The workbook, or the folder.", valueName: "file.xlsx|dir")) var out: String
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        let sheets = Board(history.state, now: Date().timeIntervalSince1970).sheets
        do {
            if out.lowercased().hasSuffix(".xlsx") {
                try Workbook.bytes(sheets).write(to: URL(fileURLWithPath: out), options: .atomic)
            } else {
                let folder = URL(fileURLWithPath: out, isDirectory: true)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for (name, sheet) in sheets {
                    let file = folder.appendingPathComponent("\(name.lowercased()).csv")
                    try Data(sheet.csv().utf8).write(to: file, options: .atomic)
                }
            }
        } catch let error as CocoaError {
            throw Failure("\(out) cannot be written: \(error.localizedDescription)")
        }
        Output.note("\(out): \(sheets.map { "\($0.sheet.rows.count) in \($0.name)" }.joined(separator: ", "))")
    }
}
