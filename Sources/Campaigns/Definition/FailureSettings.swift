/// How a planner takes measurements that failed into account: the strategies of Anubis (Hickman et al. 2024) and one more.
public struct FailureSettings: Hashable, Codable, Sendable {
    /// Which strategy.
    public var strategy: Strategy
    /// The least probability that a measurement comes to an end, for the strategies that have one; nil is their default.
    public var threshold: Double?

    /// Settings.
    public init(strategy: Strategy = .combined, threshold: Double? = nil) {
        self.strategy = strategy
        self.threshold = threshold
    }

    /// The strategies.
    public enum Strategy: String, Hashable, Codable, Sendable, CaseIterable {
        /// The acquisition times the probability, and hardly anything below a threshold of 0.65, or less while few measurements fail.
        case combined
        /// No model of failures: a failed point counts as one with the worst value so far.
        case naive
        /// The acquisition times the probability (FWA).
        case weighted
        /// The acquisition, and hardly anything below a threshold of 0.5 (FCA).
        case constrained
        /// Acquisition and probability, mixed by the part of measurements that failed (FIA).
        case interpolated
    }
}
