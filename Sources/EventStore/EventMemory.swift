import Campaigns
import Foundation
import Synchronization

/// The last events that were read from a ledger, by their ids, and the JSON that each was read from: what was read once is not decoded
/// again. A planner that lost its connection reads its whole campaign with every new one.
///
/// Memory: some kilobytes an event, for ``capacity`` of them at most.
package final class EventMemory: Sendable {
    static let capacity = 4096

    typealias Kept = [EventID: (json: Data, event: Event)]

    private struct State {
        var events: Kept = [:]
        /// The ids, the longest kept first.
        var order: [EventID] = []
    }

    private let state = Mutex(State())

    /// A memory of nothing.
    package init() {}

    /// What it has: taken once for many events.
    var kept: Kept { state.withLock { $0.events } }

    /// Keeps events that were read; the oldest half goes when they are too many.
    func keep(_ read: [(json: Data, event: Event)]) {
        state.withLock { state in
            for (json, event) in read where state.events.updateValue((json, event), forKey: event.id) == nil {
                state.order.append(event.id)
            }
            guard state.order.count > Self.capacity else { return }
            let old = state.order.count - Self.capacity / 2
            for id in state.order.prefix(old) { state.events[id] = nil }
            state.order.removeFirst(old)
        }
    }
}
