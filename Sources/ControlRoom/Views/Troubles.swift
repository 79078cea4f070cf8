import Campaigns
import Monitoring

/// What went wrong in a campaign on the way, in words.
enum Troubles {
    /// A sentence for each kind. Cost: linear in the jobs.
    static func sentences(_ state: CampaignState) -> [String] {
        var counts: [Explanation.Trouble: Int] = [:]
        for record in state.jobs.values {
            for trouble in record.job.explanation?.troubles ?? [] { counts[trouble, default: 0] += 1 }
        }
        let planner = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\(times($1)): \($0.description)" }
        let tally = state.tally
        let others: [(Int, String)] = [
            (tally.redelivered, "a job was delivered once more, since its worker was lost"),
            (tally.duplicates, "a further result came of a job that had one; it is kept, and not counted"),
            (state.dead, "a job was given up, since it was delivered too often without a result"),
            (tally.unreadable, "a message could not be taken, and is in the dead-letter queue"),
        ]
        let last = state.lastTrouble.map { "the planner recovered from: \($0.reason)" }
        return [last].compactMap(\.self) + others.filter { $0.0 > 0 }.map { "\(times($0)): \($1)" } + planner
    }

    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
