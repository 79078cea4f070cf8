import ArgumentParser
import Campaigns
import Foundation
import Monitoring

/// `burette replay`: why an experiment was proposed.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Explain why an experiment was proposed, and recompute the recommendation from what was known then.",
        discussion: help(
            "Exits with status 1 if a recomputed number differs from the recorded one.",
            examples: "burette replay mine 17", "burette replay mine best --json"))

    @Argument(help: "The campaign's name.") var name: CampaignName
    @Argument(
        help: "The job: its id 0007-3fa9c1 or any prefix of it, its number 7, latest, or best; see `burette export`.")
    var job: String
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var broker: BrokerOptions
    @OptionGroup var data: DataOptions

    private struct Account: Encodable {
        var job: JobID
        var origin: Job.Origin
        var parameters: Point
        var basis: Job.Basis?
        var explanation: Explanation?
        var recomputed: Explanation?
        var recomputedParameters: Point?
        var same: Bool
        var differences: [Replay.Difference]

        private enum CodingKeys: String, CodingKey {
            case job, origin, parameters, basis, explanation, recomputed, same, differences
            case recomputedParameters = "recomputed_parameters"
        }
    }

    func run() async throws {
        let history = try await broker.source(of: name, data).history(of: name)
        let job = try history.state.job(job, for: history.campaign.objectives)
        let replay: Replay
        do {
            replay = try Replay(of: job, in: history.events)
        } catch let obstacle as Replay.Obstacle {
            throw WrongData("\(obstacle)")
        }
        if json {
            Output.data(
                try Output.json(
                    Account(
                        job: job, origin: replay.job.origin, parameters: replay.job.parameters,
                        basis: replay.job.basis, explanation: replay.job.explanation,
                        recomputed: replay.recommendation?.explanation,
                        recomputedParameters: replay.recommendation?.parameters, same: replay.differences.isEmpty,
                        differences: replay.differences)))
        } else {
            show(replay, history.campaign)
        }
        if !replay.differences.isEmpty { throw ExitCode.failure }
    }

    private func show(_ replay: Replay, _ campaign: Campaign) {
        func line(_ label: String, _ text: String) {
            Output.data(label.padding(toLength: max(24, label.count + 1), withPad: " ", startingAt: 0) + text)
        }
        let job = replay.job
        line("job", "\(job.id), \(job.origin.label)")
        line("point", campaign.space.describe(job.parameters))
        if let basis = job.basis {
            let pending = basis.pending.isEmpty ? "" : " (\(basis.pending.map(\.rawValue).joined(separator: ", ")))"
            line("observations then", "\(basis.observations)")
            line("pending then", "\(basis.pending.count)\(pending)")
            line("failed then", "\(basis.failed.count)")
        }
        for fact in Replay.facts([:], job.origin, job.explanation).dropFirst() { line(fact.name, fact.value) }
        for trouble in job.explanation?.troubles ?? [] { line("note", trouble.description) }
        line("computed now", replay.differences.isEmpty ? "the same, to the last bit" : "otherwise:")
        for difference in replay.differences {
            line("  \(difference.name)", "\(difference.recorded) then, \(difference.recomputed) now")
        }
    }
}

extension Job.Origin {
    fileprivate var label: String {
        switch self {
        case .initial: "of the initial design"
        case .planned: "planned"
        case .injected: "asked for by a person"
        }
    }
}
