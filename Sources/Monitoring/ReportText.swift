import Campaigns
import Foundation

/// A report for people.
extension Report {
    /// Each line begins with a word, padded to thirteen characters, that says what it is about.
    public func lines(_ campaign: Campaign) -> [String] {
        [
            "campaign     \(self.campaign)", "state        \(state)" + (reason.map { ": \($0)" } ?? ""),
            "experiments  \(counts)",
        ] + costLines(campaign) + (changes ?? []).lines + workerLines + bestLines(campaign) + doubtLines(campaign)
            + troubleLines + timeLines
    }

    private func costLines(_ campaign: Campaign) -> [String] {
        guard let spent, let cost = campaign.cost else { return [] }
        let budget = campaign.budget.cost.map { " of \(cost.describe($0))" } ?? ""
        return ["cost         \(cost.describe(spent))\(budget)"]
    }

    private var counts: String {
        let kinds = [
            infeasible.map { "\($0) infeasible" }, accidents.map { "\($0) by accident" },
        ].compactMap(\.self)
        let known = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
        var counts = "\(measured) measured, \(failed) failed\(known), \(pending) pending, \(duplicates) duplicates"
        if given > 0 { counts += ", \(given) requested or imported" }
        if dead > 0 { counts += ", \(dead) dead-lettered" }
        if unreadable > 0 { counts += ", \(unreadable) messages refused" }
        if redelivered > 0 { counts += ", \(redelivered) redelivered" }
        return counts
    }

    /// The workers that measured most; with one there is nothing to tell apart.
    private var workerLines: [String] {
        let workers = measuredBy.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard workers.count > 1 else { return [] }
        let shown = workers.prefix(6).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let rest = workers.dropFirst(6)
        let others =
            rest.isEmpty ? "" : "; \(rest.count) others \(rest.reduce(0) { $0 + $1.value }) (all with --json)"
        return ["workers      \(shown)\(others) measured"]
    }

    private func bestLines(_ campaign: Campaign) -> [String] {
        guard let best else { return [] }
        var lines = ["best         \(best.description(in: campaign))"]
        if let predicted = best.predicted, let objective = campaign.objectives.first {
            let mean = predicted.mean.rounded(significant: 6)
            let standardDeviation = predicted.standardDeviation.rounded(significant: 3)
            lines.append(
                "predicted    \(objective.name) = \(mean.shortest) +- \(standardDeviation.shortest) there, the best mean of all that were measured"
            )
        }
        let differs = campaign.objectives.first.map { bestMeasured?.values[$0.name] != best.values[$0.name] } ?? false
        let isSuspect = (suspects ?? []).contains { $0.job == bestMeasured?.job }
        if let bestMeasured, differs, !isSuspect {
            lines.append(
                "best measured \(bestMeasured.description(in: campaign)) (likely noise: the model predicts a worse mean there)"
            )
        }
        return lines
    }

    /// What is not learnt from, and what to do about it.
    private func doubtLines(_ campaign: Campaign) -> [String] {
        let suspects = (suspects ?? []).map { suspect in
            let job = suspect.job.map { "job \($0): " } ?? ""
            return "suspect      \(job)\(suspect.description(in: campaign)): far from what all others say, and left out"
        }
        let advice =
            self.suspects?.first?.job.map {
                [
                    "             (if it is right: burette include \(self.campaign) \($0); if it is wrong: burette exclude)"
                ]
            } ?? []
        let excluded = (excluded ?? []).map { one in
            "excluded     job \(one.job?.rawValue ?? "?"): \(campaign.describe(one.values)), by \(one.by): \(one.reason)"
        }
        let corrected = (corrected ?? []).map { one in
            "corrected    job \(one.job): \(campaign.describe(one.values)) instead of \(campaign.describe(one.measured)), by \(one.by): \(one.reason)"
        }
        return suspects + advice + excluded + corrected
    }

    private var troubleLines: [String] {
        troubles.sorted { $0.key < $1.key }.map { trouble, count in
            "planner      \(count) times: \(Explanation.Trouble(rawValue: trouble)?.description ?? trouble)"
        }
    }

    private var timeLines: [String] {
        var lines: [String] = []
        if let utilization {
            let percent = (utilization * 10_000).rounded(.down) / 100
            var line =
                "\(percent) % of \(workers) worker\(workers == 1 ? "" : "s"), \(idleSeconds.rounded(significant: 3).shortest) s idle"
            if barrierSeconds > 0 {
                line += " (and \(barrierSeconds.rounded(significant: 3).shortest) s waiting for the initial design)"
            }
            lines.append("utilization  \(line)")
        }
        if let planSeconds {
            let (median, most) = (planSeconds.median * 1000, planSeconds.max * 1000)
            lines.append(
                "planning     \(median.rounded(significant: 3).shortest) ms median, \(most.rounded(significant: 3).shortest) ms at most"
            )
        }
        return lines
    }
}

extension [DefinitionHistory.Dated] {
    /// A line for each: `changed      2026-11-28 14:02 by anna: range of T from 20...80 to 20...60`.
    public var lines: [String] {
        map { dated in
            let time = Date(timeIntervalSince1970: dated.time)
                .formatted(
                    .iso8601.year().month().day().time(includingFractionalSeconds: false).dateTimeSeparator(.space))
            return "changed      \(time.dropLast(3)) UTC by \(dated.by): \(dated.change)"
        }
    }
}

extension Report.Best {
    fileprivate func description(in campaign: Campaign) -> String {
        "\(campaign.describe(values)) at \(campaign.space.describe(parameters))"
    }
}
