import Brokers
import Campaigns

/// What comes in: results, orders, and the time.
extension PlannerSession {
    /// Reads, records and acknowledges what workers and operators said; returns what was new.
    @discardableResult
    mutating func receive(_ parcels: [Parcel]) async throws -> [Event] {
        guard !parcels.isEmpty else { return [] }
        var (events, readable): ([Event], [Parcel]) = ([], [])
        var unreadable: [(parcel: Parcel, reason: String)] = []
        for parcel in parcels {
            do throws(Event.Unreadable) {
                let event = try parcel.event(of: campaign.name)
                guard event.body.isForPlanner else {
                    throw Event.Unreadable(reason: "\"\(event.body.type)\" is the planner's own word")
                }
                if let objection = state.objection(to: event, of: campaign) {
                    throw Event.Unreadable(reason: objection)
                }
                events.append(event)
                readable.append(parcel)
            } catch {
                unreadable.append((parcel, error.reason))
            }
        }
        let news = try await record(events)
        // Where the feed was gone and the inbox was not, what was said in between is in the inbox alone.
        if link.made.contains(.feed), !link.made.contains(.inbox) { try await link.restore(news) }
        try await link.acknowledge(readable)
        for (parcel, reason) in unreadable {
            logger.error(
                "a message cannot be taken and goes to the dead queue: \(reason)", metadata: ["message": "\(parcel.id)"]
            )
            try await announce([.unreadable(.init(by: name, reason: reason))])
            try await link.bury(parcel, reason: reason)
        }
        return news
    }

    /// Takes what others appended to the ledger: orders of operators on this machine. The feed hears of them from here.
    mutating func takeLedgerOrders() async throws {
        let (given, last) = try await ledger.orders(after: sequence)
        sequence = last
        take(orders: given)
        try await tell([])
    }

    /// Says which measurements take too long, and fails them where the campaign says so; returns what changes the plans.
    mutating func callOverdue() async throws -> [Event] {
        let overdue = state.newlyOverdue(campaign, now: surroundings.now())
        guard !overdue.isEmpty else { return [] }
        for one in overdue {
            logger.warning("job \(one.job) at \(one.worker) is overdue: \(one.reason)", metadata: ["job": "\(one.job)"])
        }
        // One transaction: a planner that dies here has said both, or neither.
        let failures = overdue.map { one in
            Event.Body.failed(
                .init(
                    job: one.job, worker: one.worker, reason: one.reason, began: one.since,
                    ended: max(one.since, surroundings.now())))
        }
        return try await announce(
            overdue.map(Event.Body.overdue) + (campaign.workers.overdue == .fail ? failures : []))
    }
}

extension Event.Body {
    /// Whether the ready recommendations are stale after it.
    var callsForFreshPlans: Bool {
        switch self {
        case .measured, .failed, .dead, .resumed, .held, .released, .returned, .injected, .present: true
        default: false
        }
    }

    /// Whether it is for workers, operators or the broker to say.
    fileprivate var isForPlanner: Bool {
        switch self {
        case .present, .started, .progressed, .measured, .failed, .dead, .held, .released, .returned, .paused, .resumed,
            .stopped, .injected:
            true
        case .opened, .published, .withdrawn, .overdue, .unreadable, .finished: false
        }
    }

    /// Whether it is an operator's order.
    var isOrder: Bool { Self.orders.contains(type) }

    /// The types of operators' orders.
    static let orders = ["paused", "resumed", "stopped", "released", "injected"]
}
