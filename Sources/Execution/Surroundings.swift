import Foundation

/// What comes in from outside: time and randomness, so that a simulation can own them.
public struct Surroundings: Sendable {
    /// Seconds since 1970.
    public var now: @Sendable () -> Double
    /// Waits; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Random bits, for identities and for jitter; never for planning.
    public var random: @Sendable () -> UInt64

    /// Surroundings of the given parts.
    public init(
        now: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The real clock and the system's randomness.
    public static let real = Surroundings(
        now: { Date().timeIntervalSince1970 }, sleep: { try await Task.sleep(for: $0) },
        random: { UInt64.random(in: .min ... .max) })

    /// Uniform in [0, 1).
    var unit: Double { Double(random() >> 11) * 0x1p-53 }

    /// A new identity: 128 random bits in hexadecimal digits.
    func identity() -> String { String(random(), radix: 16) + String(random(), radix: 16) }
}
