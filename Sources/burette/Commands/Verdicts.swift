import ArgumentParser
import Campaigns
import Monitoring

/// What `burette exclude` and `burette include` have in common.
struct VerdictOptions: ParsableArguments {
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The job: its id as the report shows it, any beginning of it, its number, latest, or best.")
    var job: String
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    /// Sends the order that `verdict` makes of it, if the job has a result.
    func send(_ verdict: (Event.Verdict) -> Event.Body) async throws {
        let history = try await options.source(of: name).history(of: name)
        let id = try history.state.job(job, for: history.campaign.objectives)
        let statuses = history.state.experiments(of: id).compactMap { history.state.jobs[$0]?.status }
        guard statuses.contains(where: \.isMeasured) else {
            throw Failure("job \(id) has no result: it is \(statuses.first?.word ?? "gone")")
        }
        let given = OrderOptions.orders.reason(reason)
        try await options.send(verdict(.init(job: id, by: given.by, reason: given.reason)), to: name)
        if !options.json { Output.note("job \(id)") }
    }
}

/// `burette exclude`.
struct Exclude: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call a result wrong: the planner does not learn from it.",
        discussion: help(
            """
            The result stays in the record, and is never the best; its point may be measured again. It counts against the budget: it was paid for. \
            `burette report NAME` lists what looks wrong, and what was excluded. `burette include` takes it back.
            """, examples: "burette exclude mine 17 --reason \"a bubble in the cell\""))
    @OptionGroup var verdict: VerdictOptions

    func run() async throws { try await verdict.send(Event.Body.excluded) }
}

/// `burette include`.
struct Include: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Vouch for a result: the planner learns from it, however it looks.",
        discussion: help(
            "It takes `burette exclude` back, and tells the planner that a result which looks wrong by orders of magnitude is right.",
            examples: "burette include mine 17 --reason \"measured twice\""))
    @OptionGroup var verdict: VerdictOptions

    func run() async throws { try await verdict.send(Event.Body.included) }
}
