import Brokers
import Campaigns
import EventStore
import Logging
import ServiceRuntime

/// One planner's record over one link: event store, fold and feed, kept in step.
///
/// Whatever changes the campaign goes through here: an event is recorded first, then folded, then published. What was recorded and not
/// published, the next recovery publishes.
struct Journal {
    /// The campaign as its file says it is.
    let file: Campaign
    /// The campaign as it is planned: under the budget that people gave, if they did.
    private(set) var campaign: Campaign
    let planner: String
    /// Who started the planner; nil where nobody says.
    let startedBy: String?
    let link: any PlannerLink
    let store: any EventStore
    let dependencies: Dependencies
    let logger: Logger

    /// The fold of everything that is recorded.
    private(set) var state = CampaignState()
    /// Whether the campaign had ended when this planner took it up.
    private(set) var hadEnded = false
    /// How far the store is folded; operators append to it too.
    private var sequence: Int64 = 0
    private var orders = LedgerOrders()

    init(
        campaign: Campaign, planner: String, startedBy: String?, link: any PlannerLink, store: any EventStore,
        dependencies: Dependencies, logger: Logger
    ) {
        self.startedBy = startedBy
        (file, self.campaign) = (campaign, campaign)
        self.planner = planner
        self.link = link
        self.store = store
        self.dependencies = dependencies
        self.logger = logger
    }

    /// Folds what the store has.
    mutating func load() async throws -> StoredCampaign {
        let stored = try await store.load()
        (sequence, state) = (stored.last, CampaignState(stored.events))
        followBudget()
        return stored
    }

    /// Commits events to the store, and folds the new ones.
    @discardableResult
    mutating func record(_ events: [Event], unconfirmed: [JobID] = []) async throws -> [Event] {
        guard !events.isEmpty else { return [] }
        let recorded = try await store.record(events, unconfirmed: unconfirmed, after: sequence)
        let shared = state.sharedNames
        sequence = recorded.last
        fold(orders: recorded.orders)
        for event in recorded.news { fold(event) }
        for worker in state.sharedNames.subtracting(shared).sorted() {
            logger.warning("\(CampaignState.message(forSharedName: worker))")
        }
        return recorded.news
    }

    /// Publishes events to the feed, and before them the orders that stand before them in the store: whoever follows the feed sees both
    /// in the same order.
    mutating func publish(recorded events: [Event]) async throws {
        try await link.publish(orders.unpublished + events)
        orders.published()
    }

    /// The number of the planner's next job: a batch is one.
    var nextNumber: Int {
        guard !state.batches.isEmpty else { return state.order.count - state.tally.given + 1 }
        let alone = state.jobs.values.count { $0.job.batch == nil && $0.job.origin != .injected }
        return alone + state.batches.count + 1
    }

    /// Records events of this planner, and publishes them.
    @discardableResult
    mutating func announce(_ bodies: [Event.Body]) async throws -> [Event] {
        try await announce(events: bodies.map { event($0) })
    }

    /// Records events of this planner, and publishes them.
    @discardableResult
    mutating func announce(events: [Event]) async throws -> [Event] {
        try await record(events)
        try await publish(recorded: events)
        return events
    }

    /// Records and publishes jobs. Those of which no confirm came are looked into at the next recovery.
    mutating func publish(_ jobs: [Job]) async throws {
        let events = jobs.map { event($0.publicationID, .published($0)) }
        try await record(events, unconfirmed: jobs.map(\.id))
        try await publish(recorded: events)
        if !events.isEmpty { try await store.confirm() }
    }

    /// Closes jobs that do not stand in a queue. A measurement of one that comes all the same counts.
    mutating func withdraw(_ jobs: [JobID], reason: String) async throws {
        try await publish(recorded: try await recordWithdrawal(of: jobs, reason: reason))
    }

    /// Closes jobs of which the feed does not tell yet; returns the events, which are to be published.
    mutating func recordWithdrawal(of jobs: [JobID], reason: String) async throws -> [Event] {
        let events = jobs.map { withdrawal(of: $0, reason: reason) }
        try await record(events)
        return events
    }

    /// The event that withdraws a job, or a sample of one.
    func withdrawal(of job: JobID, reason: String) -> Event {
        event("\(job).withdrawn", .withdrawn(.init(job: job, reason: reason)))
    }

    /// Why jobs that lie outside the space of this run are withdrawn.
    static let changedSpace = "the campaign's space has changed"

    /// Whether a job of this or an earlier run lies in the space of this one.
    func isInSpace(_ job: Job) -> Bool {
        job.experiments.allSatisfy { campaign.space.refusal(of: $0.parameters) == nil }
    }

    /// Closes those of some jobs that lie outside the space of this run; they stand in no queue. Returns the others.
    mutating func withdrawingOutside(_ jobs: [Job]) async throws -> [Job] {
        try await withdraw(jobs.filter { !isInSpace($0) }.map(\.id), reason: Self.changedSpace)
        return jobs.filter(isInSpace)
    }

    /// Folds and publishes what operators on this machine appended to the store.
    mutating func readOrders() async throws {
        let (given, last) = try await store.orders(after: sequence)
        sequence = last
        fold(orders: given)
        try await publish(recorded: [])
    }

    /// The orders that came by the store since this was asked last.
    mutating func takeNewOrders() -> [Event] { orders.takeNew() }

    private mutating func fold(_ event: Event) {
        if case .opened = event.body { hadEnded = state.isFinished }
        state.apply(event)
        if event.body.kind == .opened || event.body.kind == .budgeted { followBudget() }
        if event.body.kind.sender == .operator { orders.folded(event) }
    }

    private mutating func followBudget() { campaign = state.definitions?.followed(bringing: file) ?? file }

    private mutating func fold(orders given: [Event]) {
        for order in given where orders.add(order) { fold(order) }
    }

    /// A new event of this planner.
    func event(_ body: Event.Body) -> Event { event(dependencies.identity(), body) }

    /// An event of this planner that has the same id however often it is said.
    func event(_ id: EventID, _ body: Event.Body) -> Event {
        Event(id: id, campaign: campaign.name, time: dependencies.now(), body: body)
    }

    func condition(_ text: String, isTrouble: Bool = false) -> PlannerCondition {
        .init(text: text, isTrouble: isTrouble, since: dependencies.now())
    }
}

/// Operators' orders that come by the store of this machine, each taken once, whether it came by the broker too or not.
private struct LedgerOrders {
    private var seen: Set<EventID> = []
    /// Those of which the feed does not tell yet.
    private(set) var unpublished: [Event] = []
    private var new: [Event] = []

    /// Takes an order, unless it was taken before.
    mutating func add(_ order: Event) -> Bool {
        guard seen.insert(order.id).inserted else { return false }
        unpublished.append(order)
        new.append(order)
        return true
    }

    /// An order that came by the broker, and is in the feed.
    mutating func folded(_ order: Event) { seen.insert(order.id) }

    mutating func published() { unpublished = [] }

    mutating func takeNew() -> [Event] {
        defer { new = [] }
        return new
    }
}
