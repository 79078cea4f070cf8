import Surrogates
import Synchronization

/// One thread's world: the order in which tasks run, and the time, both by a seed.
///
/// Tasks that prefer this executor run inside ``run(most:until:)`` and nowhere else, one step between two suspensions at a time,
/// in a random order. The clock stands while anything can run, and jumps to the next timer then.
package final class Scheduler: TaskExecutor {
    fileprivate struct Timer {
        let id: Int
        let time: Double
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var ready: [UnownedJob] = []
        var timers: [Timer] = []
        var timersMade = 0
        var now = 1_000_000.0
        var steps = 0
        var random: RandomNumbers
    }

    private let state: Mutex<State>

    /// The scheduler that belongs to `seed`.
    package init(seed: UInt64) { state = Mutex(State(random: RandomNumbers(seed: seed, 1))) }

    /// The virtual time in seconds.
    package var now: Double { state.withLock(\.now) }
    /// How many steps were run.
    package var steps: Int { state.withLock(\.steps) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.ready.append(job) }
    }

    /// Runs until `done` says so after a step. False when nothing is left to run, or `most` steps are over.
    package func run(most: Int, until done: () -> Bool) -> Bool {
        let executor = asUnownedTaskExecutor()
        while !done() {
            guard let job = next(most) else { return false }
            job.runSynchronously(on: executor)
        }
        return true
    }

    private func next(_ most: Int) -> UnownedJob? {
        while true {
            let (job, timer) = state.withLock { state -> (UnownedJob?, Timer?) in
                guard state.steps < most else { return (nil, nil) }
                if state.ready.isEmpty { return (nil, Self.nextTimer(&state)) }
                state.steps += 1
                let index = Int.random(in: 0..<state.ready.count, using: &state.random)
                state.ready.swapAt(index, state.ready.count - 1)
                return (state.ready.removeLast(), nil)
            }
            guard let timer else { return job }
            timer.continuation.resume()
        }
    }

    private static func nextTimer(_ state: inout State) -> Timer? {
        guard let index = state.timers.indices.min(by: { state.timers[$0].before(state.timers[$1]) }) else {
            return nil
        }
        let timer = state.timers.remove(at: index)
        state.now = max(state.now, timer.time)
        return timer
    }

    /// Waits in virtual time; throws when the task is cancelled.
    package func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.timersMade += 1
            return state.timersMade
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                state.withLock { state in
                    state.timers.append(
                        Timer(id: id, time: state.now + duration.seconds, continuation: continuation))
                }
            }
        } onCancel: {
            let timer = state.withLock { state in
                state.timers.firstIndex { $0.id == id }.map { state.timers.remove(at: $0) }
            }
            timer?.continuation.resume(throwing: CancellationError())
        }
    }
}

extension Scheduler {
    /// Ends all that still waits for a time, so that no task outlives its schedule.
    package func cancelTimers() {
        let timers = state.withLock { state in
            defer { state.timers.removeAll() }
            return state.timers
        }
        for timer in timers { timer.continuation.resume(throwing: CancellationError()) }
    }
}

extension Duration {
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Scheduler.Timer {
    fileprivate func before(_ other: Self) -> Bool { (time, id) < (other.time, other.id) }
}
