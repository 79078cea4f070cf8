import Brokers
import Campaigns

/// What a feed tells of a campaign: its valid events, in order. What could not be read is in the dead queue.
public struct FeedFold {
    private let campaign: Campaign
    private var known: Set<EventID>
    private var forecast: CampaignState

    /// Reads a feed of `campaign` beyond the events that are `recorded`.
    init(of campaign: Campaign, beyond recorded: [Event]) {
        self.campaign = campaign
        known = Set(recorded.map(\.id))
        forecast = CampaignState(recorded)
    }

    /// The event in a parcel of the feed; nil if it is known already, or none.
    mutating func event(in parcel: Parcel) -> Event? {
        // A job that was given up comes under the id of its publication, and is an event of its own.
        guard parcel.isDeadLetter || !known.contains(parcel.id), let event = try? parcel.event(of: campaign.name),
            !known.contains(event.id), forecast.objection(to: event, of: campaign) == nil
        else { return nil }
        known.insert(event.id)
        forecast.apply(event)
        return event
    }

    /// The events of `campaign` in `feed` that are not among `recorded`.
    static func events(in feed: [Parcel], of campaign: Campaign, beyond recorded: [Event]) -> [Event] {
        var fold = FeedFold(of: campaign, beyond: recorded)
        return feed.compactMap { fold.event(in: $0) }
    }

    /// Every event of the campaign that the broker's feed holds now. Throws ``BrokerError/unknownCampaign(_:)``.
    public static func events(of campaign: CampaignName, at broker: any Broker) async throws -> [Event] {
        var parcels: [Parcel] = []
        for try await parcel in try await broker.feed(of: campaign, follow: false) { parcels.append(parcel) }
        for parcel in parcels {
            guard case .opened(let opening)? = try? parcel.event(of: campaign).body else { continue }
            return events(in: parcels, of: opening.definition, beyond: [])
        }
        throw BrokerError.unknownCampaign(campaign)
    }
}
