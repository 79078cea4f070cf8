import Dispatch
import Foundation

/// Injected dependencies: time, randomness and threads, so that a simulation can control them.
public struct Dependencies: Sendable {
    /// Seconds since 1970.
    public var now: @Sendable () -> Double
    /// Waits; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Random bits, for identities and for jitter; never for planning.
    public var random: @Sendable () -> UInt64
    /// Runs what blocks its thread: the disk, the planner's arithmetic.
    public var offloading: any Offloading
    /// Takes what keeps a service from its work, in words; nil once nothing does.
    public var reportHealth: @Sendable (_ service: String, _ trouble: String?) -> Void = { _, _ in }

    /// Dependencies of the given parts.
    public init(
        now: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> UInt64, offloading: any Offloading
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
        self.offloading = offloading
    }

    /// The real clock and the system's randomness.
    public static let real = Dependencies(
        now: { Date().timeIntervalSince1970 }, sleep: { try await Task.sleep(for: $0) },
        random: { UInt64.random(in: .min ... .max) }, offloading: ThreadOffloading())

    /// Uniform in [0, 1).
    package var unit: Double { Double(random() >> 11) * 0x1p-53 }

    /// A new identity: 128 random bits in hexadecimal digits.
    package func identity() -> String { String(random(), radix: 16) + String(random(), radix: 16) }
}

/// Runs work that blocks its thread away from the pool that all tasks share.
public protocol Offloading: Sendable {
    /// Runs `work` to its end, and returns or throws what it does.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result
}

/// Runs it on the system's own threads.
public struct ThreadOffloading: Offloading {
    /// Work on the system's threads.
    public init() {}

    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}
