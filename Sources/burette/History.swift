import Brokers
import Campaigns
import Execution

/// What is known of a campaign: from the broker's feed where one is named, else from the ledger on this machine.
struct History {
    let state: CampaignState
    let campaign: Campaign
    let events: [Event]

    static func of(_ name: CampaignName, _ broker: BrokerOptions, _ data: DataOptions) async throws -> History {
        let events: [Event]
        if let broker = try broker.rabbitMQ() {
            events = try await FeedFold.events(of: name, at: broker)
        } else {
            let ledger = try Ledger.open(path: data.ledgerPath(name), create: false)
            events = try await ledger.events().events
        }
        let state = CampaignState(events)
        guard let campaign = state.definition else {
            throw Failure("the campaign \(name) has no events yet; start its planner")
        }
        return History(state: state, campaign: campaign, events: events)
    }
}
