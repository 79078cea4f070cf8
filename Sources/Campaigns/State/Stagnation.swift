/// Whether a campaign still finds something better.
extension CampaignState {
    /// Why the rule `no_improvement` of `campaign` holds, in words, the results of some jobs left out; nil where it does not, or there is none.
    public func stagnation(_ campaign: Campaign, without suspects: Set<JobID> = []) -> String? {
        guard let most = campaign.stopping?.noImprovement, let objective = campaign.objectives.first else { return nil }
        let best = bestSoFar(for: campaign.objectives, without: suspects)
        let began = max(campaign.initialDesignSize, observationsAtResumption)
        guard let last = best.last, let improved = best.firstIndex(of: last) else { return nil }
        let without = best.count - max(improved + 1, began)
        guard without >= most else { return nil }
        return
            "no improvement in \(without) measurements: the best is still \(campaign.describe([objective.name: last]))"
    }

    /// Whether so few measurements came since the campaign was resumed that no rule pauses it again.
    public var isFreshlyResumed: Bool {
        observationsAtResumption > 0 && observations.count < observationsAtResumption + StoppingRules.afterResumption
    }
}

extension Campaign {
    /// How many experiments its initial design has.
    public var initialDesignSize: Int { planner.initialDesign.size(in: space) }
}
