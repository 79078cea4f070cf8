import Campaigns
import Monitoring
import PlannerService
import ServiceLifecycle

/// A planner in `burette run`, which nobody watches: where it pauses the campaign, the run ends with the reason instead of waiting for somebody to
/// resume it.
struct EndsOnPlannerPause: Service {
    /// Why a planner itself has paused its campaign.
    enum Pause: Sendable {
        /// Too many measurements failed.
        case broken(Event.Reason)
        /// A rule says that it has found enough.
        case foundEnough(Event.Reason)

        /// The pause of a campaign in some state; nil where it is not paused, or by a person.
        init?(_ state: CampaignState, of campaign: Campaign) {
            guard case .paused(let reason) = state.phase, reason.by != OperatorOrders.defaultName else { return nil }
            self =
                state.failuresInRow >= campaign.workers.pauseAfterFailures ? .broken(reason) : .foundEnough(reason)
        }
    }

    let planner: PlannerService
    let campaign: CampaignName
    let pauses: AsyncStream<Pause>

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await planner.run() }
            group.addTask {
                for await pause in pauses {
                    guard case .broken(let reason) = pause else { return }
                    throw Failure(
                        "the campaign is paused: \(reason.reason). Mend it, then: burette resume \(campaign), and run again"
                    )
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
