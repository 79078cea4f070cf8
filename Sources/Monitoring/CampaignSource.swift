import Brokers
import Campaigns
import EventStore

/// Where observers read a campaign, and operators reach its planner: the feed of a broker, or the ledger on this machine.
public enum CampaignSource: Sendable {
    /// The feed of a broker.
    case broker(any Broker)
    /// The ledger at a path.
    case ledger(path: String)

    /// The events of a campaign, opened or not. Throws ``BrokerError/unknownCampaign(_:)``, and what brokers and ledgers throw.
    public func events(of campaign: CampaignName) async throws -> [Event] {
        switch self {
        case .broker(let broker): try await FeedFold.events(of: campaign, at: broker)
        case .ledger(let path): try await Ledger.open(path: path, create: false).events().events
        }
    }

    /// What is known of a campaign. Throws ``NotOpened`` where no planner has opened it yet.
    public func history(of campaign: CampaignName) async throws -> CampaignHistory {
        let events = try await events(of: campaign)
        let state = CampaignState(events)
        guard let definition = state.definition else {
            throw NotOpened(campaign: campaign, imported: state.broughtObservations.count)
        }
        return CampaignHistory(campaign: definition, state: state, events: events)
    }

    /// Sends operators' orders; returns how many were new in the ledger, or nil where a broker took them.
    @discardableResult
    public func send(_ orders: [Event], to campaign: CampaignName) async throws -> Int? {
        switch self {
        case .broker(let broker):
            try await broker.send(orders: orders, to: campaign)
            return nil
        case .ledger(let path):
            // The planner of `burette run` finds them there within a second.
            return try await Ledger.open(path: path, create: false).append(orders).count
        }
    }
}

/// What is known of a campaign that a planner has opened.
public struct CampaignHistory: Sendable {
    /// Its definition.
    public let campaign: Campaign
    /// The fold of its events.
    public let state: CampaignState
    /// Its events, in order.
    public let events: [Event]

    /// What is known of a campaign by `events`, which fold into `state`.
    public init(campaign: Campaign, state: CampaignState, events: [Event]) {
        (self.campaign, self.state, self.events) = (campaign, state, events)
    }
}

/// No planner has opened the campaign yet.
public struct NotOpened: Error, CustomStringConvertible {
    /// The campaign.
    public let campaign: CampaignName
    /// How many measurements were imported and wait for it.
    public let imported: Int

    /// It is not opened, and has so many imported measurements.
    public init(campaign: CampaignName, imported: Int) { (self.campaign, self.imported) = (campaign, imported) }

    public var description: String {
        "no planner has opened the campaign \(campaign) yet: start it with burette run FILE, or burette plan FILE"
            + (imported > 0 ? "; \(imported) measurements were imported and wait for it" : "")
    }
}

extension NotOpened: CodedError {
    public var code: String { "not-opened" }
}
