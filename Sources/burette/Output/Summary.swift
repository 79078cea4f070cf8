import Campaigns
import Monitoring

/// A report for people, or as JSON.
enum Summary {
    static func print(_ report: Report, _ campaign: Campaign, json: Bool) throws {
        if json { return Output.data(try Output.json(report)) }
        Output.data("campaign     \(report.campaign)")
        Output.data("state        \(report.state)" + (report.reason.map { ": \($0)" } ?? ""))
        var counts =
            "\(report.measured) measured, \(report.failed) failed, \(report.pending) pending, \(report.duplicates) duplicates"
        if report.given > 0 { counts += ", \(report.given) asked for or brought in by people" }
        if report.dead > 0 { counts += ", \(report.dead) dead" }
        if report.unreadable > 0 { counts += ", \(report.unreadable) messages unreadable" }
        if report.redelivered > 0 { counts += ", \(report.redelivered) redelivered" }
        Output.data("experiments  \(counts)")
        let workers = report.measuredBy.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if workers.count > 1 {
            let shown = workers.prefix(6).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            let rest = workers.dropFirst(6)
            let others =
                rest.isEmpty ? "" : "; \(rest.count) others \(rest.reduce(0) { $0 + $1.value }) (all with --json)"
            Output.data("workers      \(shown)\(others) measured")
        }
        if let best = report.best {
            Output.data("best         \(describe(best, campaign))")
            if let predicted = best.predicted, let objective = campaign.objectives.first {
                let (mean, standardDeviation) = (
                    predicted.mean.rounded(significant: 6), predicted.standardDeviation.rounded(significant: 3)
                )
                Output.data(
                    "predicted    \(objective.name) = \(mean.shortest) +- \(standardDeviation.shortest) there, the best mean of all that were measured"
                )
            }
            if let measured = report.bestMeasured, measured.job != best.job {
                Output.data(
                    "best measured \(describe(measured, campaign)) (likely noise: the model predicts a worse mean there)"
                )
            }
        }
        for (trouble, count) in report.troubles.sorted(by: { $0.key < $1.key }) {
            let words = Explanation.Trouble(rawValue: trouble)?.description ?? trouble
            Output.data("planner      \(count) times: \(words)")
        }
        if let utilization = report.utilization {
            let percent = (utilization * 10_000).rounded(.down) / 100
            var line =
                "\(percent) % of \(report.workers) workers, \(report.idleSeconds.rounded(significant: 3).shortest) s idle"
            if report.barrierSeconds > 0 {
                line +=
                    " (and \(report.barrierSeconds.rounded(significant: 3).shortest) s waiting for the initial design)"
            }
            Output.data("utilization  \(line)")
        }
        if let seconds = report.planSeconds {
            let (median, most) = (seconds.median * 1000, seconds.max * 1000)
            Output.data(
                "planning     \(median.rounded(significant: 3).shortest) ms median, \(most.rounded(significant: 3).shortest) ms at most"
            )
        }
    }

    private static func describe(_ best: Report.Best, _ campaign: Campaign) -> String {
        "\(campaign.describe(best.values)) at \(campaign.space.describe(best.parameters))"
    }
}
