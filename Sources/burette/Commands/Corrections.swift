import ArgumentParser
import Campaigns
import Monitoring

/// `burette correct`.
struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Correct a result that was mistyped: the planner learns from what is right.",
        discussion: help(
            """
            The record keeps both, with who corrected it and why; corrected once more, the last word counts. Where the point was wrong, not the value: \
            `burette exclude` it, and record it anew with `burette inject`.
            """, examples: "burette correct mine 17 --value yield=0.42 --reason \"a swapped digit\""))
    @OptionGroup var verdict: VerdictOptions
    @Option(
        name: .customLong("value"),
        help: ArgumentHelp("What is right, for an objective; the others stay.", valueName: "objective=value"))
    var values: [Assignment] = []

    func run() async throws {
        let typed = try Assignment.all(values, option: "--value")
        try await verdict.send { .correct(job: $0, values: typed) }
    }
}

/// `burette comment`.
struct Comment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say something about a job, for other people.",
        discussion: help(
            "It is kept in the record; the planner does not read it.",
            examples: "burette comment mine 17 \"the solution was cloudy\""))
    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(help: "The job: its id as the report shows it, any beginning of it, its number, latest, or best.")
    var job: String
    @Argument(help: "What there is to say.") var text: String
    @OptionGroup var options: OrderOptions

    func run() async throws { _ = try await options.send(.comment(job: job, text: text), because: nil, to: name) }
}
