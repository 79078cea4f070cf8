import Brokers
import Campaigns

/// What a feed tells of a campaign: its valid events, in order. What could not be read is in the dead queue.
public enum FeedFold {
    /// The events of `campaign` in `feed` that are not among `recorded`.
    static func events(in feed: [Parcel], of campaign: Campaign, beyond recorded: [Event]) -> [Event] {
        var known = Set(recorded.map(\.id))
        var forecast = CampaignState(recorded)
        var events: [Event] = []
        // A job that was given up comes under the id of its publication, and is an event of its own.
        for parcel in feed where parcel.isDeadLetter || !known.contains(parcel.id) {
            guard let event = try? parcel.event(of: campaign.name), !known.contains(event.id),
                forecast.objection(to: event, of: campaign) == nil
            else { continue }
            known.insert(event.id)
            forecast.apply(event)
            events.append(event)
        }
        return events
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
