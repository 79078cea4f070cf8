import ArgumentParser
import Campaigns
import Monitoring

/// `burette move`.
struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hand a ready job out earlier or later.",
        discussion: help(
            """
            The planner puts what waits into this order: it takes the ready jobs out of the queue and publishes them again. As long as a job that a person \
            moved is ready, nothing that waits beside it is exchanged for fresher recommendations. What a worker has taken meanwhile stays with it.
            """, examples: "burette move mine 17 --first", "burette move mine 17 --before 15"))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The job: its id as status shows it, any beginning of it, or its number.") var job: String
    @Flag(exclusivity: .exclusive, help: "Where it goes.") var end: End?
    @Option(help: ArgumentHelp("The job that it is to be handed out before.", valueName: "job")) var before: String?
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    enum End: EnumerableFlag {
        case first, last

        static func help(for value: End) -> ArgumentHelp? {
            switch value {
            case .first: "It is handed out next."
            case .last: "It is handed out when all others are."
            }
        }
    }

    func validate() throws {
        guard (end == nil) != (before == nil) else {
            throw ValidationError("Say where it goes: --first, --last, or --before JOB.")
        }
    }

    func run() async throws {
        let place: OrderRequest.Place = before.map { .before($0) } ?? (end == .first ? .first : .last)
        _ = try await options.send(.move(job: job, to: place), because: reason, to: name)
    }
}

/// `burette budget`.
struct ChangeBudget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Give a running campaign another budget.",
        discussion: help(
            """
            Limits that are not named stay; "none" takes one away. It holds until another order, or until the budget in the campaign's file is changed. A budget that \
            is used up already ends the campaign. One that has ended takes another budget from its file.
            """, examples: "burette budget mine --measurements 80",
            "burette budget mine --duration \"3 d\" --measurements none"))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Option(help: "How many measured experiments.") var measurements: String?
    @Option(help: "How many experiments, the failed ones included.") var attempts: String?
    @Option(help: "How long since the campaign was opened, such as 90 min, 8 h or 2 d.") var duration: String?
    @Option(help: "A value of the first objective that is good enough.") var target: String?
    @Option(help: "What all experiments may cost.") var cost: String?
    @Option(help: "Reason, recorded with the order.") var reason: String?
    @OptionGroup var options: OrderOptions

    func run() async throws {
        let limits = [
            "measurements": measurements, "attempts": attempts, "duration": duration, "target": target, "cost": cost,
        ].compactMapValues(\.self)
        guard !limits.isEmpty else { throw ValidationError("Say which limit: --measurements 80, for example.") }
        let (order, history) = try await options.send(.budget(limits: limits), because: reason, to: name)
        if !options.json, case .budgeted(let given) = order.body {
            Output.note("the budget is now \(given.budget.text(of: history.campaign))")
        }
    }
}
