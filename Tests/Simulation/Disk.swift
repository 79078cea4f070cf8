import Campaigns
import Capacity
import EventStore
import ServiceRuntime
import Synchronization
import WorkerService

/// The disk of a life: what it has begun to write when it dies is there, or is not.
struct Disk: Offloading {
    let world: World
    let life: Life

    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await world.point(life, "disk", mayCut: false)
        if world.strikes(.full, 0.001) { throw FileError.diskFull(path: "simulated") }
        if world.strikes(.lock, 0.002) { throw LedgerError.locked(path: "simulated") }
        let result = try work()
        await world.readLedger(of: life)
        await world.check()
        try await world.point(life, "disk done", mayCut: false)
        return result
    }
}

/// What survives a worker: the results that no broker has confirmed.
final class Shelf: Sendable {
    private let results = Mutex<[Event]>([])

    var kept: [Event] { results.withLock { $0 } }
    func put(_ event: Event) { results.withLock { $0.append(event) } }
    func remove(_ id: EventID) { results.withLock { $0.removeAll { $0.id == id } } }
}

/// A worker's way to its shelf, as long as it lives.
struct SimulatedSpool: Outbox {
    let world: World
    let life: Life
    let shelf: Shelf

    func keep(_ event: Event) throws {
        try world.requireAlive(life)
        if world.sabotage != .forgetsOutbox { shelf.put(event) }
        world.state.withLock { _ = $0.watch.contents.insert(event.id) }
        world.note("\(life.name) keeps \(event.id)")
    }

    func drop(_ event: Event) throws {
        try world.requireAlive(life)
        world.state.withLock { state in
            if !state.watch.confirmed.contains(event.id) {
                state.watch.violation = "a result left the outbox before it was confirmed"
            }
        }
        shelf.remove(event.id)
    }

    func kept() throws -> OutboxContents {
        try world.requireAlive(life)
        return OutboxContents(results: shelf.kept)
    }
}
