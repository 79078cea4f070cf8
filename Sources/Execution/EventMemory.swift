import Campaigns
import Synchronization

/// The last events that were read from a ledger. A row never changes, so what was read once is not decoded again: a planner that
/// lost its connection reads its whole campaign with every new one.
///
/// Memory: some kilobytes an event, for ``capacity`` of them at most.
final class EventMemory: Sendable {
    static let capacity = 4096
    private let events = Mutex<[Int64: Event]>([:])

    subscript(_ sequence: Int64) -> Event? { events.withLock { $0[sequence] } }

    /// Keeps some events that were read; the oldest half goes when they are too many.
    func keep(_ read: [(sequence: Int64, event: Event)]) {
        events.withLock { events in
            for (sequence, event) in read { events[sequence] = event }
            guard events.count > Self.capacity else { return }
            for sequence in events.keys.sorted().dropLast(Self.capacity / 2) { events[sequence] = nil }
        }
    }
}
