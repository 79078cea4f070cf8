import Campaigns

/// What a feed tells of a campaign: its valid events, each once, in order. What cannot be read is in the dead-letter queue.
public struct FeedFold {
    private let campaign: Campaign
    private var known: Set<EventID>
    private var state: CampaignState
    /// What was refused, and no planner has refused yet: a later definition may allow it, or a later publication be of its job.
    private var waiting: [Event] = []

    /// Reads a feed of `campaign` beyond the events that are `recorded`.
    package init(of campaign: Campaign, beyond recorded: [Event]) {
        self.campaign = campaign
        known = Set(recorded.map(\.id))
        state = CampaignState(recorded)
    }

    /// The event in a message of the feed, and those that were refused and that the campaign takes from then on; none if it is known
    /// already, or cannot be read.
    package mutating func events(in delivery: Delivery) -> [Event] {
        // A job that was given up comes under the id of its publication, and is an event of its own.
        guard delivery.isDeadLetter || !known.contains(delivery.id),
            let event = try? delivery.event(of: campaign.name), !known.contains(event.id)
        else { return [] }
        guard accept(event) else {
            waiting.append(event)
            return []
        }
        return [event] + takeWaiting(after: event)
    }

    /// The waiting events that an event makes acceptable.
    private mutating func takeWaiting(after event: Event) -> [Event] {
        let mayBeTaken: (Event) -> Bool
        switch event.body {
        case .unreadable(let rejection):
            waiting.removeAll { $0.id == rejection.message }
            return []
        case .opened: mayBeTaken = { _ in true }
        case .published:
            let published = Set(event.body.publishedIDs)
            mayBeTaken = { $0.body.job.map(published.contains) ?? false }
        default: return []
        }
        let candidates = waiting
        waiting = []
        return candidates.reduce(into: []) { taken, one in
            if mayBeTaken(one), accept(one) { taken.append(one) } else { waiting.append(one) }
        }
    }

    /// Folds an event, unless the definition of its time refuses it.
    private mutating func accept(_ event: Event) -> Bool {
        guard !known.contains(event.id), state.refusal(of: event, state.definition ?? campaign) == nil else {
            return false
        }
        known.insert(event.id)
        state.apply(event)
        return true
    }

    /// The events of `campaign` in `feed` that are not among `recorded`.
    package static func events(in feed: [Delivery], of campaign: Campaign, beyond recorded: [Event]) -> [Event] {
        var fold = FeedFold(of: campaign, beyond: recorded)
        return feed.flatMap { fold.events(in: $0) }
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
