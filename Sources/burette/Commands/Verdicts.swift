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

    /// Sends the order that `request` makes of it.
    func send(_ request: (String) -> OrderRequest) async throws {
        let (order, _) = try await options.send(request(job), because: reason, to: name)
        if !options.json, let job = order.body.job { Output.note("job \(job)") }
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

    func run() async throws { try await verdict.send(OrderRequest.exclude) }
}

/// `burette include`.
struct Include: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Vouch for a result: the planner learns from it, however it looks.",
        discussion: help(
            "It takes `burette exclude` back, and tells the planner that a result which looks wrong by orders of magnitude is right.",
            examples: "burette include mine 17 --reason \"measured twice\""))
    @OptionGroup var verdict: VerdictOptions

    func run() async throws { try await verdict.send(OrderRequest.include) }
}
