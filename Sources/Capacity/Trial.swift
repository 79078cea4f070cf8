import Brokers
import Campaigns
import EventStore
import Logging
import PlannerService
import Planners
import ServiceRuntime
import Surrogates
import Synchronization
import WorkerService

/// One campaign in virtual time: the real planner and real workers at an embedded broker, with measurements that only seem to last.
struct Trial: Sendable {
    let campaign: Campaign
    let workers: Int
    /// Decides durations, noise, and who is first where two things happen at once.
    let seed: UInt64
    /// What measures, with the clock and the chance that it is given.
    let instrument: @Sendable (Dependencies) throws -> any Instrument

    /// Why a trial came to no end.
    struct Stuck: Error, CustomStringConvertible {
        let description: String
    }

    /// The events fold into it when the campaign has ended, or pauses for a person. Cost: as much as the planner thinks. Throws what planners and
    /// instruments throw, and ``Stuck``.
    func run() throws -> CampaignState {
        let scheduler = Scheduler(seed: seed)
        let notes = Notes(seed: seed)
        let dependencies = Dependencies(
            now: { scheduler.now }, sleep: { try await scheduler.sleep($0) },
            random: { notes.random.withLock { $0.next() } }, offloading: InPlace())
        let broker = EmbeddedBroker()
        broker.declare(campaign.name)
        let ledger = try Ledger.inMemory(offloading: InPlace())
        let logger = Logger(label: "trial") { _ in SwiftLogNoOpLogHandler() }
        let service = PlannerService(
            campaign: campaign, planner: try Planners.planner(for: campaign), broker: broker, ledger: ledger,
            name: "planner", wait: false, dependencies: dependencies, logger: logger,
            observe: { progress in
                notes.state.withLock { $0 = progress.state }
                if case .paused = progress.state.phase { notes.isPaused.withLock { $0 = true } }
            })
        let measuring = try instrument(dependencies)
        let team = (1...workers).map { number in
            WorkerService(
                campaign: campaign.name, name: "worker-\(number)", broker: broker, instrument: measuring,
                dependencies: dependencies, logger: logger)
        }
        let task = Task(executorPreference: scheduler) {
            let result: Result<Void, any Error>
            do {
                try await Self.work(service, team)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            notes.outcome.withLock { $0 = result }
        }
        let isOver = { notes.outcome.withLock { $0 != nil } || notes.isPaused.withLock { $0 } }
        let hasEnded = scheduler.run(most: 50_000_000, until: isOver)
        task.cancel()
        scheduler.cancelTimers()
        _ = scheduler.run(most: 60_000_000) { notes.outcome.withLock { $0 != nil } }
        if !notes.isPaused.withLock({ $0 }) {
            try notes.outcome.withLock { $0 }?.get()
            guard hasEnded else { throw Stuck(description: "the campaign came to no end in virtual time") }
        }
        return notes.state.withLock { $0 }
    }

    /// What is known of it so far.
    private final class Notes: Sendable {
        let random: Mutex<RandomNumbers>
        let state = Mutex(CampaignState())
        let isPaused = Mutex(false)
        let outcome = Mutex<Result<Void, any Error>?>(nil)

        init(seed: UInt64) { random = Mutex(RandomNumbers(seed: seed, 7)) }
    }

    /// The planner until the campaign has ended, and the workers as long.
    private static func work(_ planner: PlannerService, _ team: [WorkerService]) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await planner.run()
                return true
            }
            for worker in team {
                group.addTask {
                    try await worker.run()
                    return false
                }
            }
            defer { group.cancelAll() }
            while let isPlanner = try await group.next(), !isPlanner {}
        }
    }
}
