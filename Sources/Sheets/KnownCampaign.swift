import Campaigns
import Monitoring
import ServiceRuntime

/// What is known of a campaign now, as its record grows.
actor KnownCampaign {
    private var events: [Event] = []
    private var state = CampaignState()

    /// Nil until a planner has opened it, and its record was read.
    var history: CampaignHistory? {
        state.definition.map { CampaignHistory(campaign: $0, state: state, events: events) }
    }

    /// Follows the record until the task is cancelled; where it cannot be read now, later.
    func follow(_ campaign: CampaignName, _ source: CampaignSource, _ dependencies: Dependencies) async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await source.follow(campaign, dependencies, untilFinished: false) { update in
                    backoff.reset()
                    take(update)
                }
            } catch {
                // What was known stays; the spreadsheet is kept in step with that.
            }
            try? await dependencies.sleep(backoff.next(random: dependencies.unit))
        }
    }

    private func take(_ update: CampaignUpdate) {
        if !update.isNews { (events, state) = ([], CampaignState()) }
        events += update.events
        for event in update.events { state.apply(event) }
    }
}
