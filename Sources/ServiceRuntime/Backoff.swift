import Foundation

/// How long to wait before the next try: doubling from `first` to `most`, each shortened by up to a half at random, so
/// that many parties do not come back at the same moment.
public struct Backoff: Sendable {
    /// Seconds before the second try, at most.
    public var first = 0.2
    /// Seconds between tries, at most.
    public var most = 15.0
    private var tries = 0

    /// A back-off that starts over.
    public init() {}

    /// The next pause; `random` is uniform in [0, 1).
    public mutating func next(random: Double) -> Duration {
        let longest = min(most, first * pow(2, Double(min(tries, 30))))
        tries += 1
        return .seconds(longest * (0.5 + 0.5 * random))
    }

    /// A try succeeded: the next pause is short again.
    public mutating func reset() { tries = 0 }
}
