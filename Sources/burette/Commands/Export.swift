import ArgumentParser
import Campaigns
import Foundation
import Monitoring

/// `burette export`: the observations.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the observations to standard output.",
        discussion: help(
            "", examples: "burette export mine > mine.csv", "burette export mine --format jsonl",
            "burette export mine --crate mine-crate --license https://creativecommons.org/licenses/by/4.0/"))

    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "csv or jsonl.") var format = Format.csv
    @Option(
        help: ArgumentHelp(
            "Write a new folder instead, with definition, events, observations, report and ledger, described as an RO-Crate.",
            valueName: "dir"))
    var crate: String?
    @Option(help: ArgumentHelp("Licence of the data in the RO-Crate.", valueName: "url"))
    var license: String?
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    func run() async throws {
        let source = try broker.source(of: name, data)
        if let crate {
            let ledger = if case .ledger(let path) = source { path } else { nil as String? }
            let folder = CrateFolder(
                history: try await source.history(of: name), license: license, ledger: ledger)
            try await folder.write(to: crate, now: Date().timeIntervalSince1970)
            return Output.note("\(crate): \(name) as an RO-Crate")
        }
        var state = CampaignState(try await source.events(of: name))
        // Nothing at all is an error, with the source's own words.
        if state.definition == nil, state.broughtObservations.isEmpty {
            state = try await source.history(of: name).state
        }
        let export = ObservationExport(state)
        for line in try format == .csv ? export.csvLines() : export.jsonLines() { Output.data(line) }
    }
}
