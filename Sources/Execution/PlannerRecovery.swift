import Brokers
import Campaigns

/// Taking a campaign up: what the ledger has, what the feed has beyond it, and what was recorded but never published.
extension PlannerSession {
    /// Brings ledger and feed to the same events. Throws ``LedgerError/otherCampaign(path:name:)`` before anything of
    /// another campaign is touched.
    mutating func recover() async throws {
        var (recorded, last) = try await ledger.events()
        sequence = last
        state = CampaignState(recorded)
        try requireSameCampaign()
        // The marker tells where the feed ended when this planner took over: whatever comes later, it hears itself.
        let opening = event(
            surroundings.identity(),
            .opened(.init(planner: name, software: buretteVersion, definition: campaign)))
        try await link.publish([opening])
        let feed = try await link.replay(until: opening.id)
        let missing = FeedFold.events(in: feed, of: campaign, beyond: recorded)
        recorded += try await record(missing)
        try requireSameCampaign()
        let published = Set(feed.map(\.id))
        let lost = recorded.filter { event in
            guard !published.contains(event.id) else { return false }
            return switch event.body {
            case .published(let job): state.jobs[job.id]?.status.isOpen == true
            case .withdrawn, .finished: true
            default: false
            }
        }
        if !lost.isEmpty {
            logger.info("publishing again what the broker never had: \(lost.count) events")
            try await link.publish(lost)
        }
    }

    private func requireSameCampaign() throws {
        guard let definition = state.definition, !campaign.continues(definition) else { return }
        throw LedgerError.otherCampaign(path: ledger.path, name: campaign.name)
    }
}

/// The version of Burette, as ledgers and messages carry it.
public let buretteVersion = "0.1.0"
