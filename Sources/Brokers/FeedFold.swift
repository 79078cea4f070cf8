import Campaigns

/// What a feed tells of a campaign: its valid events, each once, in order. What cannot be read is in the dead-letter queue.
public struct FeedFold {
    private let campaign: Campaign
    private var known: Set<EventID>
    private var state: CampaignState

    /// Reads a feed of `campaign` beyond the events that are `recorded`.
    package init(of campaign: Campaign, beyond recorded: [Event]) {
        self.campaign = campaign
        known = Set(recorded.map(\.id))
        state = CampaignState(recorded)
    }

    /// The event in a message of the feed; nil if it is known already, or none.
    package mutating func event(in delivery: Delivery) -> Event? {
        // A job that was given up comes under the id of its publication, and is an event of its own.
        guard delivery.isDeadLetter || !known.contains(delivery.id),
            let event = try? delivery.event(of: campaign.name),
            // What an earlier run said is judged by the definition that it had.
            !known.contains(event.id), state.refusal(of: event, state.definition ?? campaign) == nil
        else { return nil }
        known.insert(event.id)
        state.apply(event)
        return event
    }

    /// The events of `campaign` in `feed` that are not among `recorded`.
    package static func events(in feed: [Delivery], of campaign: Campaign, beyond recorded: [Event]) -> [Event] {
        var fold = FeedFold(of: campaign, beyond: recorded)
        return feed.compactMap { fold.event(in: $0) }
    }

    /// Every event of the campaign that the broker's feed holds now. Throws ``BrokerError/unknownCampaign(_:)``.
    public static func events(of campaign: CampaignName, at broker: any Broker) async throws -> [Event] {
        var deliveries: [Delivery] = []
        for try await delivery in try await broker.feed(of: campaign, follow: false) { deliveries.append(delivery) }
        for delivery in deliveries {
            guard case .opened(let opening)? = try? delivery.event(of: campaign).body else { continue }
            return events(in: deliveries, of: opening.definition, beyond: [])
        }
        throw BrokerError.unknownCampaign(campaign)
    }
}
