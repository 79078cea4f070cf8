import Campaigns
import PlannerService
import ServiceLifecycle

/// A planner in `burette run`, which nobody watches: when too many measurements failed, the run ends with the reason instead
/// of waiting for somebody to resume it.
struct EndsOnPlannerPause: Service {
    let planner: PlannerService
    /// Why the planner itself has paused the campaign, when it has.
    let breakdowns: AsyncStream<Event.Reason>

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await planner.run() }
            group.addTask {
                for await reason in breakdowns {
                    throw Failure(
                        "the campaign is paused: \(reason.reason). Mend it, then: burette resume NAME, and run again")
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
