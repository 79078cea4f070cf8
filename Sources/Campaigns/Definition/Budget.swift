/// When a campaign ends. It also ends when a finite space is exhausted.
public struct Budget: Hashable, Codable, Sendable {
    /// After so many measured experiments.
    public var measurements: Int?
    /// After so many experiments that came to an end or failed.
    public var attempts: Int?
    /// After so many seconds since the campaign was opened.
    public var duration: Double?
    /// When the first objective is at least this good.
    public var target: Double?
    /// When experiments have cost so much.
    public var cost: Double?

    /// A budget; without any limit the campaign goes on until it is stopped.
    public init(
        measurements: Int? = nil, attempts: Int? = nil, duration: Double? = nil, target: Double? = nil,
        cost: Double? = nil
    ) {
        self.cost = cost
        self.measurements = measurements
        self.attempts = attempts
        self.duration = duration
        self.target = target
    }
}

extension Budget {
    /// Why a campaign cannot have this budget; nil if it can.
    public func refusal(in campaign: Campaign) -> Refusal? {
        for (name, count) in [("measurements", measurements), ("attempts", attempts)] {
            if let count, count < 1 { return .invalidBudget("\(name) is \(count); it must be 1 or more") }
        }
        if let duration, !duration.isFinite || duration <= 0 {
            return .invalidBudget("duration is \(duration.shortest) s; it must be above 0")
        }
        if let target, !target.isFinite { return .invalidBudget("target is \(target), not a finite number") }
        guard let cost else { return nil }
        guard cost.isFinite, cost > 0 else {
            return .invalidBudget("cost is \(cost.shortest); it must be above 0")
        }
        return campaign.cost == nil
            ? .invalidBudget("it has a cost, but the campaign's file says not what experiments cost") : nil
    }
}
