import Campaigns
import Crypto
import Foundation
import Monitoring

/// What has to happen so that campaign and spreadsheet agree: what people typed becomes events, and the worksheets follow the record.
///
/// A function of what both say now. Events have the same id however often they are thought of, so that whoever dies between sending and writing sends the
/// same again. Nothing that a person has typed is written over before the record has it.
struct Mirror {
    /// What is to be sent and written.
    struct Plan: Sendable {
        /// Orders of people, and results that people typed.
        var orders: [Event] = []
        var results: [Event] = []
        var changes: [(tab: Tab, changes: [SheetChange])] = []
        /// What of that which people typed cannot be taken.
        var problems: [SheetProblem] = []
    }

    let state: CampaignState
    let campaign: Campaign
    let history: CampaignHistory
    /// The events of this connector that are in the record, and why planners refused some of them.
    let sent: SentEvents
    let worker: String
    let now: Double
    /// Makes the id of a person's own experiment.
    let identity: @Sendable () -> String

    /// The last observation of each job.
    let observations: [JobID: Observation]
    private let rendering: Rendering

    init(
        _ history: CampaignHistory, worker: String, now: Double, identity: @escaping @Sendable () -> String
    ) {
        (self.history, state, campaign) = (history, history.state, history.campaign)
        sent = SentEvents(history.events)
        observations = Dictionary(
            history.state.observations.compactMap { one in one.job.map { ($0, one) } }, uniquingKeysWith: { $1 })
        (self.worker, self.now, self.identity) = (worker, now, identity)
        rendering = Rendering(history.state, history.campaign, now: now)
    }

    /// The plan for the worksheets as they were read. Cost: linear in rows and events.
    func plan(_ readings: [TabReading]) -> Plan {
        var plan = Plan()
        for reading in readings {
            var tab = TabPlan(reading, wanted: rendering.rows[reading.layout.tab] ?? [])
            for row in reading.rows where !row.isEmpty { take(row, of: &tab, &plan) }
            if reading.layout.tab == .queue { takeOrder(&tab, &plan) }
            plan.changes.append((reading.layout.tab, tab.changes()))
            plan.problems += tab.problems
        }
        return plan
    }

    /// What a person did in one row.
    private func take(_ row: TabReading.Row, of tab: inout TabPlan, _ plan: inout Plan) {
        guard !row.id.isEmpty else { return takeOwn(row, of: &tab) }
        let job = JobID(row.id)
        guard state.jobs[job] != nil else {
            if row.mark?.isNew == true { return sendOwn(row, of: &tab, &plan) }
            return tab.keep(row, flags: [.id: "the campaign has no job \(row.id.prefix(40))"])
        }
        guard tab.isFirst(row) else {
            let copied = row.cells.keys.filter { $0.isEditable && row.typed($0)?.isEmpty == false }
            if copied.isEmpty { return tab.delete(row) }
            let reason = "this row is a copy of that of job \(row.id): type there, and delete this one"
            return tab.keep(row, flags: Dictionary(copied.map { ($0, reason) }) { first, _ in first })
        }
        var taken = Taken()
        // What stood in a person's own row is in the record with it.
        let isOwn = row.mark?.isNew == true && (state.jobs[job]?.status.isMeasured ?? false)
        if isOwn {
            taken.recorded = Set(row.cells.keys.filter(\.isEditable))
        } else {
            takeComment(row, job, &taken, &plan)
            if tab.reading.layout.tab == .results {
                takeCorrection(row, job, &taken, &plan)
            } else {
                takeAnswer(row, job, &taken, &plan)
            }
        }
        tab.follow(row, taken)
    }
}

/// The events that a connector sent, as the record has them.
struct SentEvents: Sendable {
    private var refusals: [EventID: String] = [:]
    private var recorded: Set<EventID> = []

    init(_ events: [Event]) {
        for event in events {
            if event.id.hasPrefix(Self.prefix) { recorded.insert(event.id) }
            if case .unreadable(let rejection) = event.body, let id = rejection.message, id.hasPrefix(Self.prefix) {
                refusals[id] = rejection.reason
            }
        }
    }

    static let prefix = "sheet-"

    func contains(_ id: EventID) -> Bool { recorded.contains(id) || refusals[id] != nil }
    /// Why a planner refused it; nil where none did.
    func refusal(of id: EventID) -> String? { refusals[id] }

    /// The same id for the same parts.
    static func id(_ kind: String, _ parts: [String]) -> EventID {
        let digest = SHA256.hash(data: Data(parts.joined(separator: "\u{1F}").utf8))
        return "\(prefix)\(kind)-\(digest.prefix(12).hexadecimal)"
    }
}
