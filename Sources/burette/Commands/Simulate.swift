import ArgumentParser
import Campaigns
import Capacity
import EventStore
import Foundation
import Instruments
import Monitoring
import WorkerService

/// `burette simulate`: what more workers would bring.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run a campaign in virtual time with more and fewer workers: how long it lasts, and how good it gets.",
        discussion: help(
            """
            The planner is the real one, and so are workers and embedded broker; only the time is not. What measures is a test function (--surface, or the \
            file's), or else the model that the campaign's planner has learnt so far. Durations are --duration, the file's, or those that were measured. Nothing \
            is recorded.
            """, examples: "burette simulate mine.yaml --workers 1,2,4,8",
            "burette simulate examples/branin.yaml --surface branin --duration 5...30"))

    @Argument(help: "The campaign file.", completion: .file(extensions: ["yaml"])) var file: String
    @Option(help: "Numbers of workers to compare.") var workers: WorkerCounts = WorkerCounts([1, 2, 4, 8, 16, 32, 64])
    @Option(help: "How often each is tried, with seeds of its own.") var seeds = 5
    @Option(help: "Built-in test function that stands in for the laboratory.") var surface: String?
    @Option(
        help: ArgumentHelp("How long a measurement lasts, in seconds, drawn evenly.", valueName: "low...high"))
    var duration: DurationRange?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var data: DataOptions

    /// `1,2,4`.
    struct WorkerCounts: ExpressibleByArgument {
        let counts: [Int]

        init(_ counts: [Int]) { self.counts = counts }

        init?(argument: String) {
            let parts = argument.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard !parts.isEmpty, parts.allSatisfy({ $0.map { (1...1000).contains($0) } ?? false }) else { return nil }
            counts = Set(parts.compactMap(\.self)).sorted()
        }

        var defaultValueDescription: String { counts.map(String.init).joined(separator: ",") }
    }

    func validate() throws {
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds can be 1 to 1000.") }
    }

    func run() async throws {
        let campaign = try CampaignFile.read(path: file)
        guard campaign.budget.measurements != nil else {
            throw CampaignFileError(
                file: file, problem: "a campaign that is simulated needs an end: budget: {measurements: 50}")
        }
        let study = try await CapacityStudy(of: campaign, workers: workers.counts, seeds: seeds, by: standIn(campaign))
        {
            over, all in
            Output.draw("\(ProgressBar.bar(over, of: all)) \(over)/\(all) campaigns")
        }
        Output.draw("")
        if json { return Output.data(try Output.json(study)) }
        for line in study.lines(campaign) { Output.data(line) }
    }

    /// What stands in for the laboratory. Throws ``CampaignFileError`` where nothing can.
    private func standIn(_ campaign: Campaign) async throws -> StandIn {
        let given = duration.map { Durations.evenly($0.range) }
        let own = campaign.allInstruments.first { $0.surface != nil }
        if var settings = surface.map({ InstrumentSettings(surface: $0) }) ?? own {
            if surface != nil, let own { settings.duration = own.duration }
            do { try SurfaceInstrument(settings).require(campaign) } catch let unusable as InstrumentUnusable {
                throw CampaignFileError(file: file, problem: unusable.reason)
            }
            guard given != nil || settings.duration.upperBound > 0 else {
                throw missing("how long a measurement lasts: --duration 30...120")
            }
            return .surface(settings, duration: given)
        }
        let path = data.ledgerPath(campaign.name)
        guard FileManager.default.fileExists(atPath: path) else {
            throw missing(
                "what stands in for the laboratory: --surface NAME; or simulate it once something is measured, and the model of that stands in"
            )
        }
        let state = CampaignState(try await CampaignSource.ledger(path: path).events(of: campaign.name))
        guard let durations = given ?? Durations(of: state) else {
            throw missing("how long a measurement lasts: --duration 30...120")
        }
        guard let model = try StandIn.model(of: state, campaign, durations: durations) else {
            throw missing(
                "what stands in for the laboratory: there is no model yet, since it needs measurements with different values and one objective. Give --surface NAME"
            )
        }
        return model
    }

    private func missing(_ what: String) -> CampaignFileError { CampaignFileError(file: file, problem: "say \(what)") }
}

extension CapacityStudy {
    /// A table for people, and what it says.
    fileprivate func lines(_ campaign: Campaign) -> [String] {
        let objective = campaign.objectives.first?.name ?? ""
        let goalText = goal.map { "\(objective) = \($0.rounded(significant: 4).shortest)" } ?? ""
        var table = [
            ["workers", "lasts", "utilization", "best \(objective)", "quartiles", "as good as \(goalText) after"]
        ]
        for row in rows {
            let quartiles = row.quartiles.map { $0.rounded(significant: 3).shortest }.joined(separator: " to ")
            table.append([
                "\(row.workers)", Self.duration(row.seconds), "\(Int((row.utilization * 100).rounded(.down))) %",
                row.best.rounded(significant: 4).shortest, quartiles,
                row.secondsToGoal.map(Self.duration) ?? "-",
            ])
        }
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { cells in
            zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }
        let verdict =
            enough.map { "No more than \($0) workers: a larger number is not a tenth sooner as good as that." }
            ?? "More workers pay as far as this table goes."
        return ["\(measures); medians of \(seeds) campaigns in virtual time"] + lines + [verdict]
    }
}
