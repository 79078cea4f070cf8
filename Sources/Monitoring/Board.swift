import Campaigns

/// A campaign as a laboratory keeps it on a board, or in a shared sheet: what waits, what is under way, what came out.
public struct Board: Sendable {
    /// What waits for a worker, in the order in which it is handed out; what is for some workers only after what all can measure.
    public let queue: [Waiting]
    /// What a worker has, or a person is to decide on, the oldest first.
    public let pending: [UnderWay]
    private let state: CampaignState

    /// An experiment that waits.
    public struct Waiting: Sendable {
        /// The job as it was published.
        public let job: Job
        /// The messages of its queue, in order: those that it can be put before.
        public let line: [JobID]
        /// Whether a person put it where it is.
        public let isMoved: Bool
    }

    /// An experiment that is under way.
    public struct UnderWay: Sendable {
        /// What is known of it.
        public let record: JobRecord
        /// Who has it; nil where nobody does.
        public let worker: String?
        /// Since when, in seconds since 1970; nil where nobody has it.
        public let since: Double?
        /// When its result is expected, in seconds since 1970: by what it reports of its progress, or as long as other measurements took; nil where nothing
        /// is known.
        public let expected: Double?
    }

    /// The board of a campaign's state at a time. Cost: linear in the observations.
    public init(_ state: CampaignState, now: Double) {
        self.state = state
        let waiting = state.pendingJobs.filter(\.status.isWaiting)
        var queues: [WorkQueue] = []
        for record in waiting where !queues.contains(record.job.queue) { queues.append(record.job.queue) }
        queues.sort { $0 == .common && $1 != .common }
        queue = queues.flatMap { queue in
            let line = state.waitingMessages(in: queue)
            return waiting.filter { $0.job.queue == queue }.map {
                Waiting(job: $0.job, line: line, isMoved: $0.isMoved)
            }
        }
        let typical = state.typicalDuration
        pending = state.pendingJobs.filter { !$0.status.isWaiting }.map { record in
            guard case .started(let worker, let since) = record.status else {
                return UnderWay(record: record, worker: nil, since: nil, expected: nil)
            }
            let byProgress = record.progress?.fraction.flatMap { $0 > 0.01 ? since + (now - since) / $0 : nil }
            return UnderWay(
                record: record, worker: worker, since: since, expected: byProgress ?? typical.map { since + $0 })
        }
    }
}

extension Board {
    /// What waits, as a table.
    public var queueSheet: Sheet {
        let limited = queue.contains { $0.job.only != nil }
        let columns = (["place", "job", "origin"] + (limited ? ["workers"] : [])).map { Sheet.Column($0) }
        return sheet(columns, queue.map(\.job)) { index, job in
            let head: [Sheet.Cell] = [
                .number(Double(index + 1)), .text(job.id.rawValue), .text(job.origin.rawValue),
            ]
            return head + (limited ? [.init(job.only.map { "\($0)" })] : [])
        }
    }

    /// What is under way, as a table.
    public var pendingSheet: Sheet {
        let columns = ["job", "worker", "status"].map { Sheet.Column($0) }
        let times = ["since", "expected"].map { Sheet.Column($0, isTime: true) }
        return sheet(columns + times, pending.map(\.record.job)) { index, job in
            let one = pending[index]
            return [
                .text(job.id.rawValue), .init(one.worker), .text(one.record.status.word),
                one.since.map(Sheet.Cell.time) ?? .empty, one.expected.map(Sheet.Cell.time) ?? .empty,
            ]
        }
    }

    /// What came out, as a table.
    public var resultsSheet: Sheet { ObservationExport(state).sheet(withComments: true) }

    /// The three tables, with their names.
    public var sheets: [(name: String, sheet: Sheet)] {
        [("Queue", queueSheet), ("Pending", pendingSheet), ("Results", resultsSheet)]
    }

    private func sheet(_ head: [Sheet.Column], _ jobs: [Job], _ cells: (Int, Job) -> [Sheet.Cell]) -> Sheet {
        let parameters = state.definition?.space.parameters ?? []
        return Sheet(
            columns: head + parameters.map { Sheet.Column($0.name, unit: $0.unit) }
                + [Sheet.Column("comments")],
            rows: jobs.enumerated().map { index, job in
                cells(index, job) + parameters.map { Sheet.Cell(job.parameters[$0.name]) }
                    + [Sheet.Cell(state.comments[job.id]?.text)]
            })
    }
}

extension CampaignState {
    /// How long measurements take, in seconds: the median of the last hundred; nil where there are none.
    var typicalDuration: Double? {
        let took = observations.suffix(100).compactMap { observation -> Double? in
            guard let measurement = observation.job.flatMap({ jobs[$0]?.measurement }) else { return nil }
            let seconds = measurement.ended - measurement.began
            return seconds > 0 ? seconds : nil
        }.sorted()
        return took.isEmpty ? nil : took[took.count / 2]
    }
}
