import Brokers
import Campaigns
import EventStore
import Logging
import Planners
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// The planner of one campaign: holds its lock, learns from what workers say, and keeps the work queue filled, until the
/// campaign has ended.
///
/// A lost link is a small death: the next one begins with the same recovery as a restart of the process.
public struct PlannerService: Service {
    private let campaign: Campaign
    private let planner: any Planner
    private let broker: any Broker
    private let store: any EventStore
    private let name: String
    private let startedBy: String?
    private let wait: Bool
    private let withdrawsAtStop: Bool
    private let dependencies: Dependencies
    private let logger: Logger
    private let observe: @Sendable (Progress) -> Void

    /// What an observer is told after every step.
    public struct Progress: Sendable {
        /// The fold of everything that is recorded.
        public let state: CampaignState
        /// What the broker counts; nil where it was not asked.
        public let depth: QueueDepth?
    }

    /// The planner `name` of `campaign`, which recommends as `planner` does, on behalf of who `startedBy` names; with `wait` it stands by while another planner holds the
    /// campaign; with `withdrawsAtStop` it takes ready jobs back when it is shut down, without it they stay in the queue.
    public init(
        campaign: Campaign, planner: any Planner, broker: any Broker, ledger: any EventStore, name: String,
        startedBy: String? = nil, wait: Bool = true, withdrawsAtStop: Bool = false, dependencies: Dependencies = .real,
        logger: Logger,
        observe: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.campaign = campaign
        self.planner = planner
        self.broker = broker
        store = ledger.waitingWhileLocked(dependencies, logger)
        self.name = name
        self.startedBy = startedBy
        self.wait = wait
        self.withdrawsAtStop = withdrawsAtStop
        self.dependencies = dependencies
        self.logger = logger
        self.observe = observe
    }

    /// Runs until the campaign has ended, or until it is shut down. Throws errors that a retry cannot fix.
    public func run() async throws {
        var retries = RetryPolicy(of: name, dependencies: dependencies, logger: logger)
        var trouble: String?
        while !Task.isShuttingDownGracefully {
            do {
                let link = try await open(&retries, &trouble)
                do {
                    try await plan(over: link, &retries, after: &trouble)
                } catch {
                    await link.close()
                    throw error
                }
                await link.close()
                await note(Task.isShuttingDownGracefully ? "stopped" : "the campaign has ended")
                return
            } catch is CancellationError where Task.isShuttingDownGracefully && !Task.isCancelled {
                await note("stopped")
                return
            } catch {
                try await overcome(error, &retries, &trouble)
            }
        }
    }

    /// Plans over one connection. What leaves it alive (a queue that is full or gone) does not let the lock go: no other planner
    /// knows as much of what was under way.
    private func plan(
        over first: any PlannerLink, _ retries: inout RetryPolicy, after trouble: inout String?
    ) async throws {
        var link = first
        while true {
            do {
                let journal = Journal(
                    campaign: campaign, planner: name, startedBy: startedBy, link: link, store: store,
                    dependencies: dependencies, logger: logger)
                var session = PlannerSession(
                    journal, planner: planner, withdrawsAtStop: withdrawsAtStop, observe: observe)
                return try await session.run(after: trouble) { retries.succeeded() }
            } catch let error where LinkFailure(error) == .linkLost {
                try await overcome(error, &retries, &trouble)
                if Task.isShuttingDownGracefully { return }
                link = try await link.renewed()
            }
        }
    }

    private func overcome(
        _ error: any Error, _ retries: inout RetryPolicy, _ trouble: inout String?,
        within longest: Duration? = nil
    ) async throws {
        trouble = "\(error)"
        await note("\(error)", isTrouble: true)
        try await retries.pause(after: error, within: longest)
    }

    /// Opens the link as soon as the broker answers: whoever is to stand by must be there when the other planner dies.
    private func open(_ retries: inout RetryPolicy, _ trouble: inout String?) async throws -> any PlannerLink {
        while !Task.isShuttingDownGracefully {
            do {
                return try await standBy(&retries)
            } catch let error where LinkFailure(error) != nil {
                try await overcome(error, &retries, &trouble, within: .seconds(1))
            }
        }
        throw CancellationError()
    }

    /// Opens the link, and stands by until it can be had.
    private func standBy(_ retries: inout RetryPolicy) async throws -> any PlannerLink {
        // What is said while it stands by must not overtake what is said afterwards.
        let standby = Mailbox<Void>()
        let stoodBy = Flag()
        defer { if stoodBy.isRaised { retries.succeeded() } }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                guard !(await standby.next()).isEmpty else { return }
                await note("standing by: another planner holds the campaign")
                await follow()
            }
            defer { group.cancelAll() }
            return try await cancelledByShutdown { [broker, campaign, name, wait, dependencies, logger] in
                try await broker.openPlanner(campaign.name, as: name, wait: wait) {
                    logger.notice("another planner holds the campaign \(campaign.name); standing by")
                    // Standing by is all that it is for.
                    dependencies.reportHealth(name, nil)
                    stoodBy.raise()
                    standby.send(())
                }
            }
        }
    }

    /// Writes down what the feed tells, while another planner plans: taking over is quick then, and misses little even if the feed
    /// goes with the other planner. Whatever this leaves out, the recovery reads.
    private func follow() async {
        do {
            let recorded = try await store.events(after: 0).events
            // What belongs to another campaign of this name is left as it is; the recovery says so.
            guard CampaignState(recorded).conflicts(continuingWith: campaign).isEmpty else { return }
            var fold = FeedFold(of: campaign, beyond: recorded)
            try await broker.feed(of: campaign.name, follow: true).gathered { deliveries in
                let news = deliveries.flatMap { fold.events(in: $0) }
                let ours = news.prefix { event in
                    guard case .opened(let opening) = event.body else { return true }
                    return DefinitionConflict.between(opening.definition, campaign).isEmpty
                }
                try await store.append(Array(ours))
                return ours.count == news.count
            }
        } catch {
            logger.debug("the feed cannot be followed while standing by: \(error)")
        }
    }

    private func note(_ text: String, isTrouble: Bool = false) async {
        // Said for status alone: whatever keeps it from being noted will end the session, or has.
        try? await store.note(.init(text: text, isTrouble: isTrouble, since: dependencies.now()))
    }
}

/// Something that has happened, or not.
private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
