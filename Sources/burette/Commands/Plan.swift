import ArgumentParser
import Brokers
import Campaigns
import ControlRoom
import EventStore
import Foundation
import PlannerService
import Planners
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// `burette plan`: the planner of one campaign over RabbitMQ.
struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plan a campaign over RabbitMQ until it has ended.",
        discussion: help(
            "A second planner of the same campaign stands by and takes over when the first one is gone.",
            examples: "burette plan mine.yaml --broker amqp://burette-planner@broker",
            "burette plan mine.yaml --no-wait --json"))

    @Argument(help: "The campaign file.") var file: String
    @Flag(inversion: .prefixedNo, help: "Stand by while another planner holds the campaign's lock.") var wait = true
    @Flag(help: "When stopped, withdraw ready jobs; by default workers keep measuring them.") var withdraw = false
    @Flag(help: "Print the report as JSON at the end.") var json = false
    @Flag(help: "Show it in a browser meanwhile, and let people measure there.") var serve = false
    @OptionGroup var room: RoomOptions
    @Flag(help: "Keep its board where the file says (sheet:): in a spreadsheet, a workbook or files of CSV.")
    var sheet = false
    @OptionGroup var sheetOptions: SheetOptions
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let campaign = try CampaignFile.read(path: file)
        let broker = try self.broker.required()
        let logger = log.logger()
        let path = data.ledgerPath(campaign.name)
        let (dependencies, healthFile) = try health.start()
        let lock = try await lockLedger(path) { logger.notice("\($0); standing by") }
        let opened = try await OpenedCampaign(campaign, at: path, lock: lock)
        // Nothing is retried before the first connection: a wrong address or password is said at once.
        _ = try await broker.product()
        if let end = opened.standingEnd {
            Output.note(
                "The campaign \(campaign.name) is finished: \(end). Taking in late results; to start over: burette clear \(campaign.name)"
            )
        }
        let progress = ProgressLine(campaign)
        defer { progress.end() }
        let name = "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
        let planner = PlannerService(
            campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker, ledger: opened.ledger,
            name: name, startedBy: NSUserName(), wait: wait, withdrawsAtStop: withdraw, dependencies: dependencies,
            logger: logger,
            observe: { progress.show($0) })
        var services: [any Service] = [planner]
        if let connector = try sheetOptions.connector(
            of: campaign, file: file, isWanted: sheet, source: .broker(broker), broker: broker, logger: logger)
        {
            services.append(connector)
        }
        let isOver = Mutex(false)
        let session = CampaignServices(services: services, logger: logger) {
            progress.end()
            guard try await opened.report(json: json).isFinished else { throw CancellationError() }
            isOver.withLock { $0 = true }
            if serve { Output.note(CampaignServices.stays) }
            return serve
        }
        let rooms =
            try serve
            ? [
                room.controlRoom(
                    Watchlist(directory: data.directory), data, logger: logger,
                    broker: { $0 == campaign.name ? broker : nil })
            ] : []
        let patience =
            withdraw
            ? "Stopping; ready jobs are withdrawn, results are kept."
            : "Stopping; ready jobs stay in the queue, results are kept."
        do {
            try await ServiceRuntime.serve(
                [session] + rooms, patient: patience, logger: logger,
                note: { text in if !isOver.withLock(\.self) { Output.note(text) } })
        } catch is CancellationError where isOver.withLock(\.self) {
            // Whoever ends the control room afterwards has seen enough; the campaign is done.
        }
        withExtendedLifetime(healthFile) {}
    }

    /// A standby on the same machine and data waits for the ledger, one elsewhere for the broker's lock.
    private func lockLedger(_ path: String, standby: (any Error) -> Void) async throws -> LedgerLock {
        var said = false
        while true {
            do {
                return try LedgerLock(ledger: path)
            } catch let error as LedgerError where wait {
                guard case .inUse = error else { throw error }
                if !said { standby(error) }
                said = true
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
