import Brokers
import Campaigns
import Execution

/// What is known of a campaign: from the broker's feed where one is named, else from the ledger on this machine.
struct History {
    let state: CampaignState
    let campaign: Campaign
    let events: [Event]

    static func of(_ name: CampaignName, _ broker: BrokerOptions, _ data: DataOptions) async throws -> History {
        let events = try await Self.events(of: name, broker, data)
        let state = CampaignState(events)
        guard let campaign = state.definition else {
            let brought = state.broughtObservations.count
            throw Failure(
                "no planner has opened the campaign \(name) yet: start it with burette run FILE, or burette plan FILE"
                    + (brought > 0 ? "; \(brought) measurements were imported and wait for it" : ""))
        }
        return History(state: state, campaign: campaign, events: events)
    }

    /// The events of a campaign, opened or not.
    static func events(of name: CampaignName, _ broker: BrokerOptions, _ data: DataOptions) async throws -> [Event] {
        if let broker = try broker.rabbitMQ() {
            return try await FeedFold.events(of: name, at: broker)
        } else {
            let ledger = try Ledger.open(path: data.ledgerPath(name), create: false)
            return try await ledger.events().events
        }
    }
}
