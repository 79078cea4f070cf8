import Brokers
import Campaigns
import Foundation
import Logging
import Monitoring
import ServiceLifecycle
import ServiceRuntime

/// Keeps a campaign and a spreadsheet in step: an observer of the campaign, and a worker for what people type.
///
/// It has no state of its own. Killed at any moment and started again, it reads both and goes on; what people typed stands in the spreadsheet until the
/// record has it.
public struct SheetConnector: Service {
    private let campaign: CampaignName
    private let spreadsheet: any Spreadsheet
    private let source: CampaignSource
    private let broker: any Broker
    private let worker: String
    private let shortest: Double
    private let connectors: Int
    private let dependencies: Dependencies
    private let logger: Logger
    private let known = KnownCampaign()

    /// The connector of a campaign that `source` tells of, and of which `broker` takes results and orders. Results carry the name `worker`. It looks at
    /// most every `shortest` seconds, and less often where `connectors` share an account.
    public init(
        _ campaign: CampaignName, spreadsheet: any Spreadsheet, source: CampaignSource, broker: any Broker,
        worker: String = "sheet", shortest: Double = 5, connectors: Int = 1, dependencies: Dependencies = .real,
        logger: Logger
    ) {
        (self.campaign, self.spreadsheet, self.source, self.broker) = (campaign, spreadsheet, source, broker)
        (self.worker, self.shortest, self.connectors) = (worker, shortest, connectors)
        (self.dependencies, self.logger) = (dependencies, logger)
    }

    public func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.followUntilCancelled() }
        // What was measured last is shown too, and what was typed last is taken.
        let last = Task { try await look(at: try await source.history(of: campaign)) }
        let patience = Task {
            try await dependencies.sleep(.seconds(10))
            last.cancel()
        }
        do { _ = try await last.value } catch {
            logger.notice("the spreadsheet of \(campaign) lacks the end: \(error)")
        }
        patience.cancel()
    }

    private func followUntilCancelled() async throws {
        let (source, campaign, dependencies, known) = (source, campaign, dependencies, known)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await known.follow(campaign, source, dependencies) }
                group.addTask { try await follow() }
                try await group.next()
                group.cancelAll()
            }
        } catch is CancellationError {}
    }

    private func follow() async throws {
        var pace = Pace(shortest: shortest, connectors: connectors)
        var trouble: String?
        // The record is read in a moment; only where nobody answers there is something to say.
        for _ in 0..<100 where await known.history == nil { try await dependencies.sleep(.milliseconds(50)) }
        while !Task.isCancelled {
            var pause: Double
            do {
                pause = pace.afterLook(wasBusy: try await look())
                if trouble != nil { logger.notice("the spreadsheet of \(campaign) is in step again") }
                trouble = nil
            } catch let error as GoogleSpreadsheet.Trouble where !error.isPassing {
                // Nobody but a person mends that; it is tried again all the same, and rarely.
                pause = 64
                if trouble != error.description { logger.error("the spreadsheet of \(campaign): \(error)") }
                trouble = error.description
            } catch let error as CancellationError {
                throw error
            } catch {
                pause = pace.afterTrouble(
                    retryAfter: (error as? GoogleSpreadsheet.Trouble)?.retryAfter, unit: dependencies.unit)
                if trouble != "\(error)" { logger.warning("the spreadsheet of \(campaign) waits: \(error)") }
                trouble = "\(error)"
            }
            try await dependencies.sleep(.seconds(pause))
        }
    }

    /// Reads both once, and does what brings them into step; whether there was anything to do. Throws what brokers and the service throw.
    private func look() async throws -> Bool {
        guard let history = await known.history else { throw NotOpened(campaign: campaign, imported: 0) }
        return try await look(at: history)
    }

    private func look(at history: CampaignHistory) async throws -> Bool {
        let layouts = Tab.allCases.map { Layout($0, of: history.campaign) }
        let heads = Dictionary(uniqueKeysWithValues: layouts.map { ($0.tab, $0.heads) })
        let grids = try await spreadsheet.read(heads: heads)
        var readings: [TabReading] = []
        for layout in layouts {
            let grid = grids[layout.tab] ?? []
            if grid.allSatisfy({ $0.allSatisfy(\.text.isEmpty) }) {
                // A person has emptied it.
                let heads = layout.heads.enumerated().map { SheetChange.write(row: $0, column: 0, $1) }
                try await spreadsheet.apply([(layout.tab, heads)])
                return true
            }
            guard let reading = TabReading(grid, layout) else {
                logger.warning(
                    "the worksheet \(layout.tab.rawValue) has lost its first row; it is set aside, and made again")
                try await spreadsheet.setAside(layout.tab)
                return true
            }
            readings.append(reading)
        }
        let random = dependencies.random
        let mirror = Mirror(history, worker: worker, now: dependencies.now()) {
            String(random() & 0xffff_ffff, radix: 16)
        }
        let plan = mirror.plan(readings)
        // What people typed is at the broker before anything of it is written over.
        if !plan.results.isEmpty { try await broker.send(results: plan.results, to: campaign) }
        if !plan.orders.isEmpty { try await broker.send(orders: plan.orders, to: campaign) }
        try await spreadsheet.apply(plan.changes.filter { !$0.changes.isEmpty })
        return !plan.isEmpty
    }
}
