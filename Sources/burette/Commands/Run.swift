import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import EventStore
import Foundation
import Logging
import Monitoring
import PlannerService
import Planners
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// `burette run`: everything in one process.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a campaign in one process: planner, embedded broker and workers.",
        discussion: help(
            "Resumes an interrupted run. What measures is a program (--exec), a Python function (--python), a person (--human), a test function (--surface), or what the campaign file says (instrument:, or instruments: for several).",
            examples: "burette run mine.yaml --exec ./measure.sh --workers 2",
            "burette run examples/branin.yaml --speed 50")
    )

    @Argument(help: "The campaign file.") var file: String
    @OptionGroup var instrument: InstrumentOptions
    @Option(help: "How many workers; by default one, or three for a test function.") var workers: Int?
    @Flag(help: "Print the report as JSON.") var json = false
    @Flag(help: "Show it in a browser meanwhile, and let people measure there.") var serve = false
    @OptionGroup var room: RoomOptions
    @Flag(help: "Keep its board where the file says (sheet:): in a spreadsheet, a workbook or files of CSV.")
    var sheet = false
    @OptionGroup var sheetOptions: SheetOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        if let workers, !(1...10_000).contains(workers) { throw ValidationError("--workers can be 1 to 10000.") }
        try instrument.validate(hasFile: true)
    }

    func run() async throws {
        let campaign = try CampaignFile.read(path: file)
        // With the control room, people may be all that measures.
        let isManned = serve && !instrument.isGiven && campaign.allInstruments.isEmpty
        let instruments =
            isManned ? [] : try instrument.settings(of: campaign, file: file, count: workers, "--workers")
        let path = data.ledgerPath(campaign.name)
        let opened = try await OpenedCampaign(campaign, at: path, lock: try LedgerLock(ledger: path))
        let logger = log.logger()
        // A result is confirmed once it is in the ledger, and until then in its worker's outbox.
        let broker = EmbeddedBroker(confirmsOnceAcknowledged: true)
        broker.declare(campaign.name)
        let team = try Team(
            instruments, of: campaign.name, at: broker, data: data, speed: instrument.speed, prefix: "worker",
            // What the file names stands beside it.
            in: instrument.isGiven ? nil : (file as NSString).deletingLastPathComponent, file: campaign, logger: logger)
        let before = try await opened.takingIn(team.identities.map(\.outbox), logger)
        if try before.reportEnd(json: json) { return try await stay(logger) }
        if before.before.openedAt != nil {
            Output.note("Going on with \(campaign.name): \(before.before.measured) measured so far.")
        }
        let hasPerson = instruments.contains { $0.human == true }
        let progress = ProgressLine(campaign, isLive: !hasPerson)
        defer { progress.end() }
        let (pauses, paused) = AsyncStream.makeStream(of: EndsOnPlannerPause.Pause.self)
        let planner = PlannerService(
            campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker, ledger: opened.ledger,
            name: "run", startedBy: NSUserName(), wait: false, logger: logger,
            observe: {
                progress.show($0)
                if let pause = EndsOnPlannerPause.Pause($0.state, of: campaign) { paused.yield(pause) }
            })
        var services: [any Service] =
            [EndsOnPlannerPause(planner: planner, campaign: campaign.name, pauses: pauses)] + team.services
        if let connector = try sheetOptions.connector(
            of: campaign, file: file, isWanted: sheet, source: .ledger(path: path), broker: broker, logger: logger)
        {
            services.append(connector)
        }
        // People measure as long as the campaign lasts; afterwards they see what came of it.
        let isOver = Mutex(false)
        let session = CampaignServices(services: services, logger: logger) {
            progress.end()
            let after = try await opened.report(json: json)
            if case .foundEnough? = EndsOnPlannerPause.Pause(after, of: campaign) {
                Output.note(
                    "Paused: it has found enough. To go on: burette resume \(campaign.name), and run again; to end it: burette stop \(campaign.name)."
                )
            } else if !after.isFinished {
                throw CancellationError()
            }
            isOver.withLock { $0 = true }
            if serve { Output.note(CampaignServices.stays) }
            return serve
        }
        let rooms =
            serve ? [try controlRoom(logger) { $0 == campaign.name && !isOver.withLock(\.self) ? broker : nil }] : []
        let isSurface = !isManned && instruments.allSatisfy { $0.surface != nil }
        do {
            try await ServiceRuntime.serve(
                [session] + rooms,
                // A test function's measurement is not worth waiting for.
                patient: isSurface
                    ? nil : "Finishing the running measurements; a second signal gives them up.",
                logger: logger, note: { text in if !isOver.withLock(\.self) { Output.note(text) } })
        } catch is CancellationError {
            // Whoever ends the control room afterwards has seen enough; the campaign is done.
            guard isOver.withLock(\.self) else { throw interrupted }
        }
        withExtendedLifetime(team) {}
    }

    private func controlRoom(
        _ logger: Logger, broker: @escaping @Sendable (CampaignName) -> (any Broker)?
    ) throws -> ControlRoom {
        try room.controlRoom(Watchlist(directory: data.directory), data, logger: logger, broker: broker)
    }

    /// A campaign that has ended before is shown to who wants to see it.
    private func stay(_ logger: Logger) async throws {
        guard serve else { return }
        Output.note(CampaignServices.stays)
        do {
            try await ServiceRuntime.serve(
                [try controlRoom(logger) { _ in nil }], patient: nil, logger: logger, note: Output.note)
        } catch is CancellationError {
            // Whoever ends it has seen enough.
        }
    }

    private var interrupted: CancellationError {
        Output.note("Interrupted. Nothing is lost; the same command continues from here.")
        return CancellationError()
    }
}
