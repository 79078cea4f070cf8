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
    private let exchange: SheetExchange
    private let source: CampaignSource
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
        exchange = SheetExchange(
            spreadsheet, broker: broker, worker: worker, dependencies: dependencies, logger: logger)
        (self.campaign, self.source, self.shortest, self.connectors) = (campaign, source, shortest, connectors)
        (self.dependencies, self.logger) = (dependencies, logger)
    }

    public func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.followUntilCancelled() }
        // What was measured last is shown too, and what was typed last is taken.
        let last = Task { try await exchange.pass(at: try await source.history(of: campaign)) }
        let patience = Task {
            try await dependencies.sleep(.seconds(10))
            last.cancel()
        }
        do {
            let pass = try await last.value
            if let obstacle = pass.obstacle { throw obstacle }
            if pass.isUntaken {
                logger.notice(
                    "what was typed last into the spreadsheet of \(campaign) waits there for its next planner")
            }
        } catch {
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
        var pace = Pace(shortest: shortest, connectors: connectors, isLocal: exchange.isLocal)
        var (trouble, rest): (String?, Rest?)
        // The record is read in a moment; only where nobody answers there is something to say.
        for _ in 0..<100 where await known.history == nil { try await dependencies.sleep(.milliseconds(50)) }
        try await dependencies.sleep(.seconds(pace.beforeFirstLook(unit: dependencies.unit)))
        var isFirst = true
        while !Task.isCancelled {
            var pause: Double
            do {
                let (pass, seen) = try await look(after: rest)
                rest = seen
                pause = pace.afterLook(wasBusy: !pass.isIdle)
                if isFirst { pause = max(pause, pace.afterFirstLook()) }
                isFirst = false
                if let obstacle = pass.obstacle {
                    if trouble != obstacle.description { logger.notice("the spreadsheet of \(campaign): \(obstacle)") }
                } else if trouble != nil {
                    logger.notice("the spreadsheet of \(campaign) is in step again")
                }
                trouble = pass.obstacle?.description
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

    /// A look that found both in step: how many events the record had, and when it was, in seconds since 1970.
    private struct Rest {
        let events: Int
        let time: Double
        /// Whoever is silent for long is seen by the clock alone; in seconds.
        static let longest = 30.0
    }

    /// Brings both into step. Nothing is done where both are as they were at the last look, which found nothing to do.
    private func look(after rest: Rest?) async throws -> (SheetExchange.Pass, Rest?) {
        guard let history = await known.history else { throw NotOpened(campaign: campaign, imported: 0) }
        let now = dependencies.now()
        if let rest, rest.events == history.events.count, (0..<Rest.longest).contains(now - rest.time) {
            guard try await exchange.mayHaveChanged() else { return (SheetExchange.Pass(), rest) }
        }
        let pass = try await exchange.pass(at: history)
        let isAtRest = pass.isIdle && pass.obstacle == nil
        return (pass, isAtRest ? Rest(events: history.events.count, time: now) : nil)
    }
}
