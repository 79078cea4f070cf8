import ArgumentParser
import Campaigns
import EventStore
import Foundation
import Monitoring

/// `burette init`: writes a campaign file, and a script that measures.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a campaign file, and a measure script beside it that runs at once.",
        discussion: help(
            "Without --parameter and --from it asks, at a terminal. --from guesses parameters, ranges and types from the columns of a table, says what it guessed, and imports the rows.",
            examples: "burette init mine --parameter T=20...80 --parameter solvent=water,THF",
            "burette init --from data.csv")
    )

    @Argument(help: "The campaign's name: a-z, 0-9 and -.") var name: String?
    @Option(
        help: ArgumentHelp(
            "One parameter: T=20...80, 'T=20...80 °C', 'c=0.001...1 mol/L log', level=1,2,5 or solvent=water,THF; repeat for each.",
            valueName: "name=values"))
    var parameter: [String] = []
    @Option(
        help: ArgumentHelp(
            "One objective: yield=maximize, or 'cost=minimize EUR'; repeat for each.", valueName: "name=goal"))
    var objective: [String] = []
    @Option(help: "The budget: how many measurements.") var measurements: Int?
    @Option(help: "What measures: shell (measure.sh), python (measure.py), or human.") var measure = MeasureScript.shell
    @Option(help: ArgumentHelp("Guess from a table of earlier measurements (CSV), and import it.", valueName: "file"))
    var from: String?
    @Flag(help: "Replace files that are there.") var force = false
    @OptionGroup var data: DataOptions

    func run() async throws {
        var draft = CampaignDraft(name: name ?? "")
        draft.measure = measure
        draft.parameters = try parameter.map(DraftParameter.init(text:))
        draft.objectives = try objective.map(DraftObjective.init(text:))
        if let measurements {
            guard measurements > 0 else { throw ValidationError("--measurements must be at least 1.") }
            draft.measurements = measurements
        }
        if let from {
            let guess = try TableGuess(file: from, objectives: draft.objectives)
            for line in guess.lines { Output.note("guessed: \(line)") }
            // What is given counts before what is guessed.
            let given = Set(draft.parameters.map(\.name))
            draft.parameters += guess.parameters.filter { !given.contains($0.name) }
            draft.objectives = guess.objectives
            if draft.name.isEmpty { draft.name = Self.name(fromFile: from) }
        } else if draft.parameters.isEmpty {
            guard isatty(STDIN_FILENO) == 1 else {
                throw ValidationError(
                    "Say what can be varied, --parameter T=20...80, or where to guess it from, --from data.csv; without these it asks, at a terminal."
                )
            }
            try InitDialog().complete(&draft)
        }
        if draft.name.isEmpty { throw ValidationError("Give the campaign a name: burette init NAME.") }
        if draft.objectives.isEmpty { draft.objectives = [DraftObjective(name: "yield", isMaximized: true, unit: nil)] }
        let campaign = try draft.campaign()
        try write(draft, campaign)
        if let from { try await importRows(from, campaign) }
        Output.note("Next: burette run \(draft.fileName)")
    }

    private func write(_ draft: CampaignDraft, _ campaign: Campaign) throws {
        var files = [(path: draft.fileName, text: draft.yaml, isProgram: false)]
        if let script = draft.measure.fileName, let text = draft.measure.text(of: campaign) {
            files.append((script, text, draft.measure == .shell))
        }
        // A script that somebody has written is not ours to replace.
        let taken = files.map(\.path).filter { FileManager.default.fileExists(atPath: $0) }
        if let first = taken.first, !force {
            throw Failure(
                "\(first) is there already: nothing was written. Choose another name or folder, or say --force")
        }
        for (path, text, isProgram) in files {
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                if isProgram {
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                }
            } catch {
                throw Failure("\(path) cannot be written: \(error.localizedDescription)")
            }
            Output.note("wrote \(path)")
        }
    }

    private func importRows(_ file: String, _ campaign: Campaign) async throws {
        let table = try ImportedTable(file: file, format: .csv, campaign: campaign, asMeasured: true)
        let events = table.events(
            of: campaign.name, whence: "imported from \((file as NSString).lastPathComponent)",
            now: Date().timeIntervalSince1970, asMeasured: true)
        let ledger = try Ledger.open(path: data.ledgerPath(campaign.name), create: true)
        let news = try await ledger.append(events)
        Output.note("\(news.count) of \(events.count) measurements imported from \(file)")
    }

    /// A campaign's name out of a file's: `My data.csv` is `my-data`.
    private static func name(fromFile file: String) -> String {
        let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension.lowercased()
        let plain = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(String(plain).split(separator: "-").joined(separator: "-").prefix(63))
    }
}

extension MeasureScript: ExpressibleByArgument {}
