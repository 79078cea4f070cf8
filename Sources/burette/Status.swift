import ArgumentParser
import Brokers
import Campaigns
import Execution
import Foundation

/// `burette status`: what is under way.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is ready, what is being measured and where, and what has ended.",
        discussion:
            "With --broker from the feed, the broker's own counts beside; without, from the ledger on this machine.")

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    private struct Account: Encodable {
        struct Held: Encodable {
            var job: JobID
            var worker: String
            var seconds: Double
            var overdue: Bool
        }
        struct Counted: Encodable {
            var ready: Int
            var unacknowledged: Int
            var consumers: Int
        }
        var campaign: CampaignName
        var state: String
        var reason: String?
        var measured: Int
        var failed: Int
        var pending: Int
        var ready: Int
        var unacknowledged: [Held]
        var best: Report.Best?
        var broker: Counted?
    }

    func run() async throws {
        let history = try await History.of(name, broker, data)
        let depth = try await broker.rabbitMQ()?.depth(of: name)
        let account = account(history, depth)
        if json { return Output.data(try Output.json(account)) }
        show(account, history.campaign)
    }

    private func account(_ history: History, _ depth: QueueDepth?) -> Account {
        let (state, now) = (history.state, Date().timeIntervalSince1970)
        let held = state.pendingJobs.compactMap { record -> Account.Held? in
            guard case .started(let worker, let since) = record.status else { return nil }
            let overdue = history.campaign.workers.timeout.map { now - since > $0 } ?? false
            return .init(job: record.job.id, worker: worker, seconds: max(0, now - since), overdue: overdue)
        }
        let report = Report(of: history.campaign, state)
        return Account(
            campaign: name, state: report.state, reason: report.reason, measured: report.measured,
            failed: report.failed, pending: report.pending, ready: report.pending - held.count, unacknowledged: held,
            best: report.best,
            broker: depth.map {
                .init(ready: $0.ready, unacknowledged: max(0, report.pending - $0.ready), consumers: $0.consumers)
            })
    }

    private func show(_ account: Account, _ campaign: Campaign) {
        Output.data("campaign     \(account.campaign), \(account.state)" + (account.reason.map { ": \($0)" } ?? ""))
        let budget = campaign.budget.measurements.map { " of \($0)" } ?? ""
        Output.data("ended        \(account.measured)\(budget) measured, \(account.failed) failed")
        Output.data(
            "pending      \(account.pending): \(account.ready) ready, \(account.unacknowledged.count) being measured")
        for held in account.unacknowledged {
            Output.data("  \(held.job)  \(held.worker)  for \(Int(held.seconds)) s" + (held.overdue ? ", overdue" : ""))
        }
        if let counted = account.broker {
            let workers = counted.consumers == 1 ? "1 worker" : "\(counted.consumers) workers"
            Output.data(
                "broker       \(counted.ready) ready, so \(counted.unacknowledged) with workers; \(workers) there")
            if counted.ready != account.ready {
                Output.data(
                    "             (it counts other ready jobs than the feed tells: something is under way, or a worker is gone)"
                )
            }
        }
        if let best = account.best, let objective = campaign.objectives.first, let value = best.values[objective.name] {
            Output.data(
                "best         \(objective.name) = \(value.rounded(significant: 6).shortest) at \(campaign.space.describe(best.parameters))"
            )
        }
    }
}
