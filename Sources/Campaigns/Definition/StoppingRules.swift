/// When a campaign has found enough, by what it has measured: beside its budget.
public struct StoppingRules: Hashable, Codable, Sendable {
    /// After so many measurements in a row, beyond the initial design, of which none was the best so far.
    public var noImprovement: Int?
    /// When the expected simple regret, what the best point known is expected to miss of the optimum, is below this.
    public var regretBelow: Bound?
    /// What happens then.
    public var action: Action

    /// Rules; none without the first two.
    public init(noImprovement: Int? = nil, regretBelow: Bound? = nil, action: Action = .pause) {
        self.noImprovement = noImprovement
        self.regretBelow = regretBelow
        self.action = action
    }

    /// What the expected regret is compared with.
    public enum Bound: Hashable, Codable, Sendable {
        /// A difference, in the unit of the objective.
        case difference(Double)
        /// The standard deviation of one measurement's noise.
        case noise
    }

    /// What a rule does.
    public enum Action: String, Hashable, Codable, Sendable, CaseIterable {
        /// Pauses the campaign; resumed, it takes at least ``afterResumption`` further measurements.
        case pause
        /// Ends it.
        case end
    }

    /// A campaign that was resumed is not paused again before so many further measurements.
    public static let afterResumption = 5
}
