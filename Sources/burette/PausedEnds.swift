import Campaigns
import Execution
import ServiceLifecycle

/// A planner in `burette run`, which nobody watches: when too many measurements failed, the run ends with the reason instead
/// of waiting for somebody to resume it.
struct PausedEnds: Service {
    private let planner: PlannerService
    private let ledger: Ledger

    init(_ planner: PlannerService, ledger: Ledger) {
        self.planner = planner
        self.ledger = ledger
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await planner.run() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(500))
                    let state = CampaignState(try await ledger.events().events)
                    guard case .paused(let reason) = state.phase, reason.by != OrderSender.name else { continue }
                    throw Failure(
                        "the campaign is paused: \(reason.reason). Mend it, then: burette resume NAME, and run again")
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
