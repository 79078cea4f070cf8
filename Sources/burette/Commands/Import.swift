import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Monitoring

/// `burette import`.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import earlier observations.",
        discussion: help(
            "The file is CSV, with a header that names parameters and objectives, or JSON Lines as `burette export --format jsonl` writes them. A column such as \"yield error\" has the standard errors of a column \"yield\"; a cell may also be \"0.42 +- 0.02\" or \"< 0.1\". All of it is taken, or nothing; what was imported before is not taken twice. It does not count for the budget. With a campaign file instead of a name a campaign can be taught before its planner is started for the first time.",
            examples: "burette import mine.yaml earlier.csv",
            "burette import mine bench.csv --as-measured --reason \"bench, May\"")
    )

    @Argument(help: "The campaign's name, or its file.") var campaign: String
    @Argument(help: "The data: .csv or .jsonl.") var file: String
    @Option(help: "csv or jsonl; by the file's name where it is left out.") var format: Export.Format?
    @Flag(
        help:
            "The points are what was really set: they may lie outside the ranges, and between levels. The model learns from them where they are."
    )
    var asMeasured = false
    @Option(help: "Whence, for the record.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        let isFile = [".yaml", ".yml"].contains { campaign.hasSuffix($0) }
        let definition: Campaign
        if isFile {
            definition = try CampaignFile.read(path: campaign)
        } else {
            guard let name = CampaignName(argument: campaign) else {
                throw ValidationError("\"\(campaign)\" is neither a campaign's name nor a .yaml file.")
            }
            definition = try await options.source(of: name).history(of: name).campaign
        }
        let table = try ImportedTable(file: file, format: format, campaign: definition, asMeasured: asMeasured)
        let whence = reason ?? "imported from \((file as NSString).lastPathComponent)"
        let events = table.events(
            of: definition.name, whence: whence, now: Date().timeIntervalSince1970, asMeasured: asMeasured)
        if let ignored = table.ignored { Output.note("columns that are not of the campaign are left out: \(ignored)") }
        if table.excluded > 0 {
            Output.note("rows that somebody has excluded are left out: \(table.excluded)")
        }
        let outside = table.rows.compactMap { definition.space.violated(by: $0.observation.parameters) }
        if let first = outside.first {
            Output.note(
                "\(outside.count) of the rows \(outside.count == 1 ? "does" : "do") not satisfy the constraints (\"\(first)\" for one): the planner learns from them, and proposes nothing there"
            )
        }
        guard !events.isEmpty else { throw WrongData("\(file): there is no row in it") }
        let fresh = try await send(events, of: definition, mayBegin: isFile)
        let known = events.count - (fresh ?? events.count)
        if options.json {
            return Output.data(
                try Output.json(Outcome(campaign: definition.name, imported: events.count - known, known: known)))
        }
        Output.note(
            "\(definition.name): \(events.count) \(events.count == 1 ? "measurement" : "measurements") imported"
                + (known > 0 ? ", \(known) of them had been before" : ""))
    }

    private struct Outcome: Encodable {
        var campaign: CampaignName
        /// How many measurements are new.
        var imported: Int
        /// How many had been imported before.
        var known: Int
    }

    /// A campaign that no planner has opened yet has a ledger at most, on the machine where its planner will be.
    private func send(_ events: [Event], of campaign: Campaign, mayBegin: Bool) async throws -> Int? {
        do {
            guard mayBegin, try options.broker.rabbitMQ() == nil else {
                return try await options.source(of: campaign.name).send(events, to: campaign.name)
            }
        } catch BrokerError.unknownCampaign where mayBegin {
            Output.note("The broker does not know \(campaign.name) yet: it is taught in the ledger on this machine.")
        }
        let ledger = try Ledger.open(path: options.data.ledgerPath(campaign.name), create: true)
        return try await ledger.append(events).count
    }
}
