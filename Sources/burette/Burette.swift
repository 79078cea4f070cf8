import ArgumentParser
import Campaigns

/// The command line.
@main
struct Burette: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "burette",
        abstract: "Plan experiments and distribute them to workers over a message broker.",
        version: buretteVersion,
        subcommands: [
            Init.self, Run.self, Plan.self, Work.self, Serve.self, SheetCommand.self, User.self, Status.self,
            Watch.self,
            ReportCommand.self,
            Export.self, BoardCommand.self, Import.self,
            Inject.self, Pause.self, Resume.self, Stop.self, ChangeBudget.self, Move.self, Release.self,
            Exclude.self, Include.self, Correct.self, Comment.self, Clear.self,
            ReplayCommand.self, Surfaces.self, Simulate.self, AskTell.self, Doctor.self, HealthCommand.self,
            Backup.self,
        ])

    static func main() async {
        // A reader that went away (burette export | head) is no reason to die half-way through a campaign.
        ignoreBrokenPipes()
        let command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            ExitStatus.end(Burette.self, with: error)
        }
        do {
            try await run(command)
        } catch {
            ExitStatus.end(type(of: command), with: error)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        if var asynchronous = command as? any AsyncParsableCommand { return try await asynchronous.run() }
        var command = command
        try command.run()
    }
}
