import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation
import Instruments
import Logging
import ServiceLifecycle

/// `burette run`: everything in one process.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a campaign in this process: planner, broker and workers.",
        discussion: "Goes on where an interrupted run stopped. The instrument is the campaign file's surface.")

    @Argument(help: "The campaign file.") var file: String
    @Option(help: "How many workers.") var workers = 3
    @Option(help: "Divides the instrument's durations.") var speed = 1.0
    @Flag(help: "Print the report as JSON.") var json = false
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...10_000).contains(workers) else { throw ValidationError("--workers can be 1 to 10000.") }
        guard speed > 0, speed.isFinite else { throw ValidationError("--speed must be above 0.") }
    }

    func run() async throws {
        let campaign = try CampaignFile.read(path: file)
        let instrument = try makeInstrument(campaign)
        let path = data.ledgerPath(campaign.name)
        let (lock, ledger) = (try LedgerLock(ledger: path), try Ledger.open(path: path, create: true))
        let before = CampaignState(try await ledger.events().events)
        if let definition = before.definition, !campaign.continues(definition) {
            throw LedgerError.otherCampaign(path: path, name: campaign.name)
        }
        if let reason = before.standingEnd(campaign) {
            Output.note(
                "The campaign \(campaign.name) is finished: \(reason). To start it anew: burette clear \(campaign.name)"
            )
            return try Summary.print(Report(of: campaign, before), campaign, json: json)
        }
        if before.openedAt != nil {
            Output.note("Going on with \(campaign.name): \(before.measured) measured so far.")
        }
        let progress = ProgressLine(campaign)
        let logger = log.logger()
        let broker = EmbeddedBroker()
        broker.declare(campaign.name)
        let planner = PlannerService(
            campaign: campaign, broker: broker, ledger: ledger, name: "run", wait: false, logger: logger,
            observe: { progress.show($0) })
        let team: [any Service] = (1...workers).map {
            WorkerService(
                campaign: campaign.name, name: "worker-\($0)", broker: broker, instrument: instrument, logger: logger)
        }
        do {
            try await serve([PausedEnds(planner, ledger: ledger)] + team, patient: nil, logger: logger)
        } catch is CancellationError {
            progress.end()
            Output.note("Interrupted. Nothing is lost; the same command goes on from here.")
            throw CancellationError()
        }
        progress.end()
        let after = CampaignState(try await ledger.events().events)
        try Summary.print(Report(of: campaign, after), campaign, json: json)
        withExtendedLifetime(lock) {}
    }

    private func makeInstrument(_ campaign: Campaign) throws -> SurfaceInstrument {
        guard let settings = campaign.instrument else {
            throw CampaignFileError(
                file: file, problem: "instrument is missing, and `run` measures with it: instrument: {surface: branin}")
        }
        let instrument = try SurfaceInstrument(settings, speed: speed)
        if let objection = instrument.objection(to: campaign) {
            throw CampaignFileError(file: file, problem: "instrument: \(objection)")
        }
        return instrument
    }
}

extension CampaignState {
    /// Why a campaign that has ended stays so under this definition; nil if it goes on, its budget having grown.
    func standingEnd(_ campaign: Campaign) -> String? {
        guard case .finished(let reason) = phase else { return nil }
        if reason.by == OrderSender.name { return reason.reason }
        let now = Date().timeIntervalSince1970
        return reasonToEnd(campaign, now: now, planner: "")?.reason
            ?? (campaign.space.cardinality.map { $0 <= measured + failed } == true ? reason.reason : nil)
    }
}
