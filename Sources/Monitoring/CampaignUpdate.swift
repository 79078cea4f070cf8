import Brokers
import Campaigns
import EventStore
import ServiceRuntime

/// New events of a campaign since the last update.
public struct CampaignUpdate: Sendable {
    /// The events, in order.
    public var events: [Event]
    /// The fold of all events so far.
    public var state: CampaignState
    /// Whether the events came while somebody was watching; the first update has what was there before.
    public var isNews: Bool
}

extension CampaignSource {
    /// How often a ledger is polled; SQLite does not notify other processes.
    private static let pollInterval = Duration.milliseconds(300)

    /// Calls `body` with the history of a campaign, then with every new event, until the campaign has ended; or for ever, since one that has ended may
    /// go on with a larger budget.
    public func follow(
        _ campaign: CampaignName, _ dependencies: Dependencies = .real, untilFinished: Bool = true,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (CampaignUpdate) async throws -> Void
    ) async throws {
        var fold = UpdateFold()
        switch self {
        case .broker(let broker):
            let known = try await events(of: campaign)
            try await body(fold.update(known, isNews: false))
            let feed = try await broker.feed(of: campaign, follow: true)
            guard !(untilFinished && fold.state.isFinished), let definition = fold.state.definition else { return }
            var news = FeedFold(of: definition, beyond: known)
            for try await delivery in feed {
                let events = news.events(in: delivery)
                guard !events.isEmpty else { continue }
                try await body(fold.update(events, isNews: true))
                if untilFinished, fold.state.isFinished { return }
            }
        case .ledger(let path):
            let ledger = try Ledger.open(path: path, create: false)
            var (sequence, isNews): (Int64, Bool) = (0, false)
            while true {
                guard ledger.isInPlace else { throw LedgerError.replaced(path: path) }
                let (events, last) = try await ledger.events(after: sequence)
                if !isNews || !events.isEmpty { try await body(fold.update(events, isNews: isNews)) }
                (sequence, isNews) = (last, true)
                if untilFinished, fold.state.isFinished { return }
                try await dependencies.sleep(Self.pollInterval)
            }
        }
    }
}

private struct UpdateFold {
    private(set) var state = CampaignState()

    mutating func update(_ events: [Event], isNews: Bool) -> CampaignUpdate {
        for event in events { state.apply(event) }
        return CampaignUpdate(events: events, state: state, isNews: isNews)
    }
}
