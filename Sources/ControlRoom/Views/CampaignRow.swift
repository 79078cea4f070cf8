import Campaigns
import Monitoring

/// A campaign in the list of all.
struct CampaignRow: Encodable, Sendable {
    /// Its name.
    let name: String
    /// running, paused, stopping, finished, or new before a planner opened it.
    let state: String
    /// Why it is paused or ended.
    let reason: String?
    /// Who paused or ended it.
    let by: String?
    let measured: Int
    /// How many measurements it may make; nil without such a budget.
    let budget: Int?
    let failed: Int
    let pending: Int
    /// The best observation, in words.
    let best: String?
    /// How many workers measure now.
    let measuring: Int
    /// When it was opened, and when the last event came, in seconds since 1970.
    let opened: Double?
    let latest: Double?
    /// What needs a person.
    let attention: [Attention]
    /// Why nothing new is known of it.
    let trouble: String?

    /// How many were measured, of how many.
    var progress: String { "\(measured)" + (budget.map { " / \($0)" } ?? "") }

    init(_ snapshot: CampaignSnapshot, now: Double) {
        let state = snapshot.state
        name = snapshot.name.rawValue
        self.state = state.definition == nil ? "new" : state.phase.word
        (reason, by) = (state.phase.reason, state.phase.by)
        measured = state.measured
        budget = state.definition?.budget.measurements
        failed = state.failed
        pending = state.pending.count
        best = state.definition.flatMap { definition in
            state.best(for: definition.objectives).map { definition.describe($0.values) }
        }
        measuring = state.underWay.count
        opened = state.openedAt
        latest = snapshot.events.last?.time
        attention = Attention.all(in: snapshot, now: now)
        trouble = snapshot.trouble
    }
}

/// Something that needs a person.
struct Attention: Encodable, Sendable {
    /// held, overdue, failing, refused, twins, unplanned, nobody or trouble.
    let kind: String
    /// In words.
    let text: String
    /// The job that it is about.
    let job: String?

    /// So many failures in a row are worth a look.
    private static let failures = 3

    static func all(in snapshot: CampaignSnapshot, now: Double) -> [Attention] {
        let state = snapshot.state
        var all: [Attention] = []
        for records in state.held.byBatch {
            guard case .held(let hold)? = records.first?.status else { continue }
            let job = records[0].job.message
            all.append(.init(kind: "held", text: "job \(job) is held by \(hold.by): \(hold.reason)", job: job.rawValue))
        }
        for record in state.underWay where record.isOverdue {
            guard case .started(let worker, let since) = record.status else { continue }
            let text =
                "job \(record.job.id) at \(worker) takes \(Wording.duration(now - since)), longer than the campaign allows"
            all.append(.init(kind: "overdue", text: text, job: record.job.id.rawValue))
        }
        if state.failuresInRow >= failures {
            let job = state.failedJobs.last?.job.id
            all.append(
                .init(kind: "failing", text: "the last \(state.failuresInRow) measurements failed", job: job?.rawValue))
        }
        if state.tally.unreadable > 0 {
            all.append(
                .init(
                    kind: "refused",
                    text: "\(state.tally.unreadable) messages could not be taken; they are in the dead-letter queue",
                    job: nil))
        }
        for name in state.sharedNames.sorted() {
            all.append(.init(kind: "twins", text: CampaignState.message(forSharedName: name), job: nil))
        }
        if snapshot.presence.hasPlanner == false, state.definition != nil, !state.isFinished {
            all.append(
                .init(
                    kind: "unplanned",
                    text:
                        "no planner is there: nothing is lost, and burette run FILE or burette plan FILE goes on with it",
                    job: nil))
        }
        if snapshot.presence.workers == 0, state.claimed.isEmpty, !state.isEnding, state.definition != nil {
            all.append(.init(kind: "nobody", text: "no worker is connected", job: nil))
        }
        if let trouble = snapshot.trouble { all.append(.init(kind: "trouble", text: trouble, job: nil)) }
        return all
    }
}
