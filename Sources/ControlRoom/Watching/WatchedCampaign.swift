import Brokers
import Campaigns
import EventStore
import Monitoring
import ServiceRuntime

/// A campaign as it is known at one moment.
struct CampaignSnapshot: Sendable {
    let name: CampaignName
    /// Its events, in order; the number of one is its place, from 1.
    let events: [Event]
    let state: CampaignState
    /// Why nothing new is known of it, in words; nil while it is followed.
    let trouble: String?
    /// Who is there.
    let presence: Presence

    /// What is known of it; nil before a planner opened it.
    var history: CampaignHistory? {
        state.definition.map { CampaignHistory(campaign: $0, state: state, events: events) }
    }
}

/// Who is there for a campaign, as far as the broker or the kernel tells.
struct Presence: Hashable, Sendable {
    /// Whether a planner holds it.
    var hasPlanner: Bool?
    /// How many workers are connected.
    var workers: Int?
}

/// Follows one campaign, and wakes those who want to know of its events. What it knows comes from ledger or feed alone.
actor WatchedCampaign {
    nonisolated let name: CampaignName
    nonisolated let source: CampaignSource
    private let dependencies: Dependencies
    private var events: [Event] = []
    private var state = CampaignState()
    private var trouble: String?
    private var presence = Presence()
    private var isRetired = false
    private var isRead = false
    private var readers: [CheckedContinuation<Void, Never>] = []
    private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var listened = 0

    init(_ name: CampaignName, at source: CampaignSource, _ dependencies: Dependencies) {
        (self.name, self.source, self.dependencies) = (name, source, dependencies)
    }

    /// What is known now; the first time once everything that was recorded before is read, or cannot be within some seconds.
    func snapshot() async -> CampaignSnapshot {
        if !isRead { await withCheckedContinuation { readers.append($0) } }
        return CampaignSnapshot(name: name, events: events, state: state, trouble: trouble, presence: presence)
    }

    /// The events behind a number, and the fold of all.
    func news(after number: Int) -> (events: ArraySlice<Event>, state: CampaignState) {
        (events.dropFirst(max(0, min(number, events.count))), state)
    }

    /// Wakes once for any number of events that came meanwhile.
    func news() -> AsyncStream<Void> {
        listened += 1
        let number = listened
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in Task { await self.forget(number) } }
        listeners[number] = continuation
        continuation.yield()
        return stream
    }

    /// Nobody waits longer for the first word of a ledger or a broker.
    private static let patience = Duration.seconds(3)
    /// How often it is asked who is there.
    private static let interval = Duration.seconds(2)

    /// The campaign is not followed any more: its ledger was cleared away.
    func retire() { isRetired = true }

    /// Asks who is there, again and again, until the task is cancelled.
    func lookOut() async {
        while !Task.isCancelled, !isRetired {
            let now = await asked()
            if now != presence {
                presence = now
                notify()
            }
            try? await dependencies.sleep(Self.interval)
        }
    }

    private func asked() async -> Presence {
        switch source {
        case .ledger(let path): return Presence(hasPlanner: LedgerLock.isHeld(ledger: path))
        case .broker(let broker):
            let counts = try? await broker.counts(of: name, state.capabilities)
            return Presence(hasPlanner: try? await broker.isPlanned(name), workers: counts?.total.consumers)
        }
    }

    /// Follows the campaign until the task is cancelled.
    func follow() async {
        var backoff = Backoff()
        let patience = Task {
            try await dependencies.sleep(Self.patience)
            wake()
        }
        defer { patience.cancel() }
        while !Task.isCancelled, !isRetired {
            do {
                try await source.follow(name, dependencies, untilFinished: false) { update in
                    backoff.reset()
                    take(update)
                }
            } catch is CancellationError {
                break
            } catch {
                note("\(error)")
            }
            try? await dependencies.sleep(backoff.next(random: dependencies.unit))
        }
        wake()
        for listener in listeners.values { listener.finish() }
    }

    private func take(_ update: CampaignUpdate) {
        if !update.isNews { (events, state) = ([], CampaignState()) }
        trouble = nil
        events += update.events
        for event in update.events { state.apply(event) }
        wake()
    }

    private func note(_ reason: String) {
        trouble = reason
        wake()
    }

    private func wake() {
        isRead = true
        for reader in readers { reader.resume() }
        readers = []
        notify()
    }

    private func notify() { for listener in listeners.values { listener.yield() } }

    private func forget(_ number: Int) { listeners[number] = nil }
}
