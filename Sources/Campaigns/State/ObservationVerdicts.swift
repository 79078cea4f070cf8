/// What a person said of an observation.
public struct ObservationVerdict: Hashable, Codable, Sendable {
    /// Whether it is right, however it looks; else it is wrong, and nothing is learnt from it.
    public var isRight: Bool
    /// Who said so.
    public var by: String
    /// The reason, as text.
    public var reason: String

    private enum CodingKeys: String, CodingKey {
        case by, reason
        case isRight = "right"
    }
}

/// Which observations count.
extension CampaignState {
    /// The observations that a person excluded, in the order of their arrival.
    public var excludedObservations: [Observation] { observations.filter(isExcluded) }

    /// The observations that nobody excluded, in the order of their arrival.
    public var countedObservations: [Observation] {
        verdicts.isEmpty ? observations : observations.filter { !isExcluded($0) }
    }

    /// The measured jobs on whose results a person said that they are right, or wrong; in the order of their arrival.
    public func judged(right: Bool) -> [JobID] {
        verdicts.isEmpty ? [] : observations.compactMap(\.job).filter { verdicts[$0]?.isRight == right }
    }

    /// Whether a person called an observation wrong.
    public func isExcluded(_ observation: Observation) -> Bool { verdict(on: observation)?.isRight == false }

    /// What a person said of an observation; nil where nobody said anything.
    public func verdict(on observation: Observation) -> ObservationVerdict? {
        observation.job.flatMap { verdicts[$0] }
    }
}
