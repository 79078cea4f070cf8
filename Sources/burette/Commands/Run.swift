import ArgumentParser
import Brokers
import Campaigns
import EventStore
import Foundation
import Instruments
import Logging
import Monitoring
import PlannerService
import Planners
import ServiceLifecycle
import ServiceRuntime
import WorkerService

/// `burette run`: everything in one process.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a campaign in one process: planner, embedded broker and workers.",
        discussion: "Resumes an interrupted run. The instrument is the test function that the campaign file names.")

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
        let opened = try await OpenedCampaign(campaign, at: path, lock: try LedgerLock(ledger: path))
        if try opened.reportEnd(json: json) { return }
        if opened.before.openedAt != nil {
            Output.note("Going on with \(campaign.name): \(opened.before.measured) measured so far.")
        }
        let progress = ProgressLine(campaign)
        defer { progress.end() }
        let logger = log.logger()
        let broker = EmbeddedBroker()
        broker.declare(campaign.name)
        let (breakdowns, broken) = AsyncStream.makeStream(of: Event.Reason.self)
        let planner = PlannerService(
            campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker, ledger: opened.ledger,
            name: "run", wait: false, logger: logger,
            observe: {
                progress.show($0)
                if case .paused(let reason) = $0.state.phase, reason.by != OperatorOrders.defaultName {
                    broken.yield(reason)
                }
            })
        let team: [any Service] = (1...workers).map {
            WorkerService(
                campaign: campaign.name, name: "worker-\($0)", broker: broker, instrument: instrument, logger: logger)
        }
        do {
            try await serve(
                [EndsOnPlannerPause(planner: planner, breakdowns: breakdowns)] + team, patient: nil, logger: logger,
                note: Output.note)
        } catch is CancellationError {
            Output.note("Interrupted. Nothing is lost; the same command continues from here.")
            throw CancellationError()
        }
        _ = try await opened.report(json: json)
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
