import Foundation
import Synchronization

/// Many schedules, on all cores.
package struct Schedules: Sendable {
    /// How many were run.
    package var count = 0
    /// The seeds that broke a promise, with what was broken.
    package var violations: [(seed: UInt64, words: String)] = []
    package var steps = 0
    package var checks = 0
    package var measured = 0
    package var duplicates = 0
    package var faults: [Fault: Int] = [:]

    /// Runs the schedules of the `count` seeds from `first` on; stops after the first violation if `stops`. `progress` hears
    /// of every thousand.
    package static func run(
        from first: UInt64, count: Int, sabotage: Sabotage? = nil, stops: Bool = false, threads: Int? = nil,
        progress: @escaping @Sendable (Schedules) -> Void = { _ in }
    ) async -> Schedules {
        let total = Total()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<(threads ?? ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            while let seed = total.claim(from: first, count, stops) {
                                let now = total.add(Schedule(seed: seed, sabotage: sabotage).run(), seed)
                                if now.count % 1000 == 0 { progress(now) }
                            }
                            continuation.resume()
                        }
                    }
                }
            }
        }
        return total.schedules
    }

    /// What several threads add up.
    private final class Total: Sendable {
        private let state = Mutex((schedules: Schedules(), next: 0))

        var schedules: Schedules { state.withLock(\.schedules) }

        func claim(from first: UInt64, _ count: Int, _ stops: Bool) -> UInt64? {
            state.withLock { state in
                guard state.next < count, !stops || state.schedules.violations.isEmpty else { return nil }
                defer { state.next += 1 }
                return first &+ UInt64(state.next)
            }
        }

        func add(_ outcome: Schedule.Outcome, _ seed: UInt64) -> Schedules {
            state.withLock { state in
                state.schedules.add(outcome, seed)
                return state.schedules
            }
        }
    }

    private mutating func add(_ outcome: Schedule.Outcome, _ seed: UInt64) {
        count += 1
        steps += outcome.steps
        checks += outcome.checks
        measured += outcome.measured
        duplicates += outcome.duplicates
        faults.merge(outcome.faults) { $0 + $1 }
        if let words = outcome.violation { violations.append((seed, words)) }
    }
}
