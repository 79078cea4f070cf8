import ArgumentParser
import Brokers
import Campaigns
import Foundation
import Logging
import Monitoring
import ServiceRuntime
import Sheets

/// `burette board`.
struct BoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "Write the board of a campaign as a workbook or as files of CSV, and take what people typed into it.",
        discussion: help(
            """
            A name that ends in .xlsx is a workbook with the worksheets Queue, Pending and Results, for Excel, LibreOffice and others; any other name is a folder with \
            queue.csv, pending.csv and results.csv. --out writes them, or brings them up to date. --in sends what was typed into them since (results, failures, \
            requests, corrections, comments, another order of the queue) to the broker, waits until the campaign's feed has it, and brings them up to date; what cannot be taken is \
            marked, printed, and stays as it was typed. `burette sheet NAME --exchange FILE` does both again and again. docs/spreadsheet.md
            """, examples: "burette board mine --out mine.xlsx",
            "burette board mine --in mine.xlsx --broker amqp://burette-room@broker"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: ArgumentHelp("Write this workbook, or this folder.", valueName: "file.xlsx|dir")) var out: String?
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Take what people typed into this workbook, or this folder.", valueName: "file.xlsx|dir"))
    var input: String?
    @OptionGroup var files: BoardFileOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func validate() throws {
        guard (out == nil) != (input == nil) else {
            throw ValidationError(
                "Say what is to be done: --out FILE.xlsx writes the board, --in FILE.xlsx takes what was typed.")
        }
    }

    func run() async throws {
        if let input { try await take(input) } else if let out { try await write(out) }
    }

    /// Brings the files up to date.
    private func write(_ path: String) async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        let exchange = SheetExchange(
            try files.spreadsheet(path), broker: nil, setsAside: false, logger: Logger(label: "burette"))
        var pass = SheetExchange.Pass()
        // A row of a person's own gets its id first, and what it lacks then.
        for _ in 0..<Self.mostPasses {
            pass = try await refusing(path) { try await exchange.pass(at: history) }
            if !pass.hasChanges || pass.obstacle != nil { break }
        }
        if let obstacle = pass.obstacle { throw Failure(obstacle.description) }
        let board = Board(history.state, now: Date().timeIntervalSince1970)
        Output.note("\(path): \(board.sheets.map { "\($0.sheet.rows.count) in \($0.name)" }.joined(separator: ", "))")
        if !pass.typed.isEmpty {
            Output.note(
                "\(pass.typed.count) of what was typed in it \(pass.typed.count == 1 ? "is" : "are") not recorded yet: burette board \(name) --in \(path)"
            )
        }
        try tell(pass.problems)
    }

    /// Sends what was typed until the record has it, and brings the files up to date.
    private func take(_ path: String) async throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure("\(path) is not there; burette board \(name) --out \(path) writes it")
        }
        guard let broker = try broker.rabbitMQ() else {
            throw ValidationError(
                "Say where the broker is: --broker amqp://user@host, or BURETTE_BROKER. A campaign without one takes what was typed with burette run FILE --exchange \(path)."
            )
        }
        let exchange = SheetExchange(
            try files.spreadsheet(path), broker: broker, worker: files.worker, setsAside: false,
            logger: Logger(label: "burette"))
        var sent: [EventID: Event] = [:]
        var pass = SheetExchange.Pass()
        for _ in 0..<Self.mostPasses {
            let history = try await CampaignSource.broker(broker).history(of: name)
            pass = try await refusing(path) { try await exchange.pass(at: history) }
            for event in pass.typed { sent[event.id] = event }
            guard !pass.isIdle, pass.obstacle == nil || !pass.typed.isEmpty else { break }
            if !pass.typed.isEmpty { try await Task.sleep(for: .milliseconds(250)) }
        }
        // A claim is the first half of a result.
        let kinds = Dictionary(grouping: sent.values.filter { $0.body.type != "claimed" }, by: \.body.type)
        let counts = kinds.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }
        Output.note("\(path): \(counts.isEmpty ? "nothing new was typed" : counts.joined(separator: ", "))")
        if !pass.typed.isEmpty {
            Output.note("the broker has it; the campaign's feed does not show it yet")
        }
        if let obstacle = pass.obstacle { throw Failure(obstacle.description) }
        try tell(pass.problems)
    }

    /// A planner that runs records a message within milliseconds; ten seconds are for a slow one.
    private static let mostPasses = 40

    private func refusing(_ path: String, _ pass: () async throws -> SheetExchange.Pass) async throws
        -> SheetExchange.Pass
    {
        do { return try await pass() } catch let error as SheetExchange.NoBoard {
            throw WrongData("\(path): \(error)")
        } catch let error as CocoaError {
            throw Failure("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func tell(_ problems: [SheetProblem]) throws {
        guard !problems.isEmpty else { return }
        for problem in problems { Output.note("  \(problem)") }
        throw WrongData(
            "\(problems.count == 1 ? "one cell" : "\(problems.count) cells") could not be taken; what was typed there stands"
        )
    }
}

/// How workbooks and files of CSV are read and written.
struct BoardFileOptions: ParsableArguments {
    @Flag(help: "Semicolons and decimal commas in files of CSV, as spreadsheets of many countries have them.")
    var semicolons = false
    @Option(
        name: .customLong("sheet-worker"),
        help: ArgumentHelp("The name that results typed there carry.", valueName: "name"))
    var worker = "sheet"

    /// The workbook or the folder at `path`, whose files have `semicolons` if the options or the campaign file say so.
    func spreadsheet(_ path: String, semicolons: Bool = false) throws -> any Sheets.Spreadsheet {
        guard path.lowercased().hasSuffix(".xlsx") else {
            return try FolderSpreadsheet(path, dialect: self.semicolons || semicolons ? .semicolons : .commas)
        }
        return try WorkbookSpreadsheet(path)
    }
}
