import ArgumentParser
import Brokers
import Campaigns
import Foundation
import Logging
import Monitoring
import ServiceRuntime
import Sheets

/// `burette sheet`.
struct SheetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet",
        abstract: "Keep a campaign's board in a Google spreadsheet, a workbook or files of CSV, in which people work.",
        discussion: help(
            """
            Three worksheets, made where they are missing: Queue, Pending and Results. A value typed beside a job is its result; "failed: why" ends it; a row that \
            is moved in Queue moves its job; a new row with parameters is a request; a value that is changed in Results is a correction. What cannot be taken is \
            marked with the reason, and stays as it was typed. Killed and started again it goes on; a deleted spreadsheet is filled anew. docs/spreadsheet.md
            """,
            examples:
                "burette sheet mine --spreadsheet 1AbC... --credentials key.json --broker amqp://burette-room@broker",
            "burette sheet mine --exchange /mnt/share/mine.xlsx --broker amqp://burette-room@broker"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @OptionGroup var sheet: SheetOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard sheet.exchange != nil || sheet.spreadsheet != nil && sheet.key != nil else {
            throw ValidationError(
                "Say which spreadsheet, and with which key: --spreadsheet ID --credentials key.json; or which workbook or folder: --exchange FILE.xlsx."
            )
        }
    }

    func run() async throws {
        let broker = try self.broker.required()
        let logger = log.logger()
        guard let connector = try sheet.connector(name, source: .broker(broker), broker: broker, logger: logger) else {
            return
        }
        try await serve([connector], patient: nil, logger: logger, note: Output.note)
    }
}

/// Which spreadsheet is a campaign's board.
struct SheetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The spreadsheet: its id, or its address in a browser. It is shared with the service account, as an editor.",
            valueName: "id"))
    var spreadsheet: String?
    @Option(
        help: ArgumentHelp(
            "Key file of the Google service account (BURETTE_SHEET_CREDENTIALS), which nobody else may be able to read.",
            valueName: "file"))
    var credentials: String?
    @Option(
        help: ArgumentHelp(
            "Instead of a spreadsheet: a workbook, or a folder with queue.csv, pending.csv and results.csv, which people open and save.",
            valueName: "file.xlsx|dir"))
    var exchange: String?
    @OptionGroup var files: BoardFileOptions
    @Option(help: ArgumentHelp("Look at the spreadsheet every so many seconds, at most.", valueName: "seconds"))
    var sheetInterval = 5.0
    @Option(
        help: ArgumentHelp(
            "How many campaigns are kept with this service account; each looks less often then.", valueName: "number"))
    var sheetConnectors = 1

    /// The key file that is given, or that the environment names.
    var key: String? { credentials ?? ProcessInfo.processInfo.environment["BURETTE_SHEET_CREDENTIALS"] }

    func validate() throws {
        guard sheetInterval >= 0.1, sheetInterval <= 3600 else {
            throw ValidationError("--sheet-interval is from 0.1 to 3600 seconds.")
        }
        guard (1...1000).contains(sheetConnectors) else {
            throw ValidationError("--sheet-connectors is from 1 to 1000.")
        }
    }

    /// The connector of a campaign; nil where no spreadsheet is named. What is not given here `settings` say, whose files are relative to `folder`.
    func connector(
        _ campaign: CampaignName, source: CampaignSource, broker: any Broker, settings: SheetSettings? = nil,
        folder: String = "", logger: Logger
    ) throws -> SheetConnector? {
        if let exchange {
            return connector(campaign, try files.spreadsheet(exchange), source, broker, logger)
        }
        func place(_ file: String) -> String {
            file.hasPrefix("/") ? file : (folder as NSString).appendingPathComponent(file)
        }
        var (named, beside): (String?, String?)
        switch settings {
        case .exchange(let path, let semicolons)? where spreadsheet == nil:
            let board = try files.spreadsheet(place(path), semicolons: semicolons)
            return connector(campaign, board, source, broker, logger)
        case .spreadsheet(let id, let credentials)?: (named, beside) = (id, credentials.map(place))
        case .exchange?, nil: break
        }
        guard let spreadsheet = spreadsheet ?? named else { return nil }
        guard let credentials = key ?? beside else {
            throw ValidationError("Say with which key the spreadsheet is opened: --credentials key.json.")
        }
        // An address has the id between "/d/" and the next slash.
        let id = spreadsheet.split(separator: "/d/", maxSplits: 1).last.map { text in
            String(text.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        }
        let address = ProcessInfo.processInfo.environment["BURETTE_SHEETS_API"] ?? GoogleSpreadsheet.usual
        let google = GoogleSpreadsheet(
            id ?? spreadsheet, account: try ServiceAccount(path: credentials), address: address)
        return connector(campaign, google, source, broker, logger)
    }

    private func connector(
        _ campaign: CampaignName, _ spreadsheet: any Sheets.Spreadsheet, _ source: CampaignSource, _ broker: any Broker,
        _ logger: Logger
    ) -> SheetConnector {
        SheetConnector(
            campaign, spreadsheet: spreadsheet, source: source, broker: broker, worker: files.worker,
            shortest: sheetInterval, connectors: sheetConnectors, logger: logger)
    }

    /// The connector of a planner's own campaign, where it is asked for.
    func connector(
        of campaign: Campaign, file: String, isWanted: Bool, source: CampaignSource, broker: any Broker, logger: Logger
    ) throws -> SheetConnector? {
        guard isWanted || spreadsheet != nil || exchange != nil else { return nil }
        guard
            let connector = try connector(
                campaign.name, source: source, broker: broker, settings: campaign.sheet,
                folder: (file as NSString).deletingLastPathComponent, logger: logger)
        else {
            throw ValidationError(
                "Say which spreadsheet: --spreadsheet ID, --exchange FILE.xlsx, or sheet: in the campaign file.")
        }
        return connector
    }
}
