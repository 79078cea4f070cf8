import Campaigns
import Monitoring

/// The page of one campaign.
struct CampaignPage: Sendable {
    /// A job that is with a worker.
    struct Running: Sendable {
        let job: String
        let worker: String
        let since: String
        let expected: Moment?
        let point: String
        let progress: String
        let isOverdue: Bool
    }

    /// A job that waits for a worker.
    struct Ready: Sendable {
        let job: String
        let point: String
        let origin: String
    }

    let frame: Frame
    let t = Texts.english
    let row: CampaignRow
    let measured: String
    let percent: Int?
    let bestPoint: String?
    let bestJob: String?
    let running: [Running]
    let ready: [Ready]
    let workers: [Worker]
    let troubles: [String]
    let hasTroubles: Bool
    let events: [EventRow]
    /// The number of the last event that the page shows.
    let number: Int
    let observations: ObservationsPart
    let orders: Orders
    let hasOrders: Bool
    let isOpened: Bool
    /// An order that was sent and is not in the record yet, or has just come there.
    let sent: Sent?

    struct Worker: Sendable {
        let name: String
        let measured: Int
        let doing: String
    }

    struct Orders: Sendable {
        let canPause: Bool
        let canResume: Bool
        /// Whether it can be stopped, given another budget, and asked for experiments.
        let canSteer: Bool
    }

    struct Sent: Sendable {
        let id: String
        let isRecorded: Bool

        init(_ id: String, in snapshot: CampaignSnapshot) {
            self.id = id
            isRecorded = snapshot.events.reversed().contains { $0.id == id }
        }
    }

    init(_ snapshot: CampaignSnapshot, _ query: ObservationTable.Query, sent: String?, _ reader: Reader, now: Double) {
        let state = snapshot.state
        let space = state.definition?.space
        let describe = { (point: Point) in space?.describe(point) ?? "" }
        frame = Frame(title: snapshot.name.rawValue, reader: reader)
        row = CampaignRow(snapshot, now: now)
        measured = row.progress
        let made = row.measured
        percent = row.budget.map { min(100, made * 100 / max(1, $0)) }
        let best = state.definition.flatMap { state.best(for: $0.objectives) }
        (bestPoint, bestJob) = (best.map { describe($0.parameters) }, best?.job?.rawValue)
        let expected = Dictionary(
            Board(state, now: now).pending.map { ($0.record.job.message, $0.expected) }
        ) { first, _ in first }
        running = state.underWay.byMessage.map { $0[0] }.compactMap { record in
            guard case .started(let worker, let since) = record.status else { return nil }
            let progress = [record.progress?.fraction?.percent, record.progress?.note].compactMap(\.self).joined(
                separator: ", ")
            return Running(
                job: record.job.message.rawValue, worker: worker, since: Wording.duration(now - since),
                expected: expected[record.job.message]?.flatMap { Moment($0) },
                point: describe(record.job.parameters),
                progress: progress, isOverdue: record.isOverdue)
        }
        ready = state.circulating.byMessage.map { $0[0] }.filter { $0.status == .ready }.map {
            Ready(job: $0.job.message.rawValue, point: describe($0.job.parameters), origin: $0.job.origin.rawValue)
        }
        var counts: [String: Int] = [:]
        for record in state.jobs.values where record.job.publication > 0 {
            if let worker = record.measurement?.worker { counts[worker, default: 0] += 1 }
        }
        let busy = Dictionary(running.map { ($0.worker, $0) }) { $1 }
        workers = Set(counts.keys).union(busy.keys).sorted().map { name in
            Worker(name: name, measured: counts[name] ?? 0, doing: busy[name].map { "\($0.job), \($0.since)" } ?? "")
        }
        troubles = Troubles.sentences(state)
        hasTroubles = !troubles.isEmpty
        events = EventRow.latest(40, of: snapshot)
        number = snapshot.events.count
        observations = ObservationsPart(snapshot, query)
        isOpened = state.definition != nil
        orders = Orders(
            canPause: isOpened && !state.isEnding && state.phase == .running,
            canResume: state.phase != .running && !state.isFinished,
            canSteer: isOpened && !state.isEnding)
        hasOrders = orders.canPause || orders.canResume || orders.canSteer
        self.sent = sent.map { Sent($0, in: snapshot) }
    }
}
