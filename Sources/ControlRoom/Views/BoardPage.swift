import Campaigns
import Foundation
import Monitoring

/// The board: queue, pending and results as three tables on one page, to be changed in place.
struct BoardPage: Sendable {
    typealias Cell = ObservationsPart.Cell
    typealias Column = ObservationColumns.Column

    /// A job that waits; what it can be put before stands in the values of its buttons.
    struct Waiting: Sendable {
        let place: Int
        let job: String
        let message: String
        let queue: String
        let origin: String
        let only: String?
        let isMoved: Bool
        let cells: [Cell]
        let comment: String?
        let toFirst: Bool
        let up: String?
        let down: String?
        /// The message behind it in its queue, or `last`.
        let next: String
    }

    struct UnderWay: Sendable {
        let job: String
        let worker: String
        let since: String
        let expected: Moment?
        let isOverdue: Bool
        let cells: [Cell]
        let comment: String?
    }

    struct Value: Sendable {
        let name: String
        let text: String
        /// The form that it belongs to; nil where the reader may not change it.
        let form: String?
        let job: String?
        let isLast: Bool
    }

    struct Result: Sendable {
        let place: Int
        let job: String?
        let cells: [Cell]
        let values: [Value]
        let worker: String
        let excluded: Bool
        let corrected: Bool
        let comment: String?
    }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    let state: String
    let parameters: [Column]
    let objectives: [Column]
    let queue: [Waiting]
    let pending: [UnderWay]
    let results: [Result]
    let canSteer: Bool
    /// More columns than any of the tables has.
    let width: Int
    /// The number of the last event that the page shows.
    let number: Int
    let filter: String
    let earlier: String?
    let later: String?
    let sent: CampaignPage.Sent?

    init(_ snapshot: CampaignSnapshot, _ query: ObservationTable.Query, sent: String?, _ reader: Reader, now: Double) {
        let (state, board) = (snapshot.state, Board(snapshot.state, now: now))
        let table = ObservationTable(snapshot, query)
        let (count, objectiveCount) = (
            state.definition?.space.parameters.count ?? 0, state.definition?.objectives.count ?? 0
        )
        frame = Frame(title: "\(snapshot.name): \(Texts.english["board"] ?? "")", reader: reader)
        campaign = snapshot.name.rawValue
        self.state = CampaignRow(snapshot, now: now).state
        parameters = Array(table.columns.prefix(count))
        objectives = Array(table.columns.dropFirst(count).prefix(objectiveCount))
        width = count + objectiveCount + 5
        queue = board.queue.enumerated().map { Waiting($1, place: $0 + 1, state, table.columns) }
        pending = board.pending.map { UnderWay($0, state, table.columns, now: now) }
        results = table.rows.map { Result($0, table.columns, state, reader) }
        canSteer = state.definition != nil && !state.isEnding
        number = snapshot.events.count
        filter = query.filter
        let part = ObservationsPart(snapshot, query)
        (earlier, later) = (part.earlier, part.later)
        self.sent = sent.map { CampaignPage.Sent($0, in: snapshot) }
    }
}

extension BoardPage.Waiting {
    fileprivate init(
        _ waiting: Board.Waiting, place: Int, _ state: CampaignState, _ columns: [ObservationColumns.Column]
    ) {
        let (job, line) = (waiting.job, waiting.line.map(\.rawValue))
        self.place = place
        (self.job, message) = (job.id.rawValue, job.message.rawValue)
        (queue, only) = ("\(job.queue)", job.only.map { "\($0)" })
        origin = Texts.english[job.origin.rawValue] ?? job.origin.rawValue
        isMoved = waiting.isMoved
        cells = job.cells(columns, state)
        comment = state.lastComment(on: job.id)
        let index = line.firstIndex(of: job.message.rawValue) ?? 0
        toFirst = index > 1
        up = index > 0 ? line[index - 1] : nil
        down = index + 1 < line.count ? index + 2 < line.count ? line[index + 2] : "last" : nil
        next = index + 1 < line.count ? line[index + 1] : "last"
    }
}

extension BoardPage.UnderWay {
    fileprivate init(
        _ one: Board.UnderWay, _ state: CampaignState, _ columns: [ObservationColumns.Column], now: Double
    ) {
        let record = one.record
        job = record.job.id.rawValue
        worker = one.worker ?? record.status.word
        let progress = record.progress?.fraction?.percent
        since = [one.since.map { Wording.duration(now - $0) }, progress].compactMap(\.self).joined(separator: ", ")
        expected = one.expected.flatMap { Moment($0) }
        isOverdue = record.isOverdue || record.status.isHeld
        cells = record.job.cells(columns, state)
        comment = state.lastComment(on: record.job.id)
    }
}

extension BoardPage.Result {
    fileprivate init(
        _ row: ObservationTable.Row, _ columns: [ObservationColumns.Column], _ state: CampaignState, _ reader: Reader
    ) {
        let observation = state.observations[row.number - 1]
        let (parameters, objectives) = (
            state.definition?.space.parameters.count ?? 0, state.definition?.objectives ?? []
        )
        (place, job, excluded, corrected, comment) = (row.number, row.job, row.excluded, row.corrected, row.comment)
        cells = zip(row.cells, columns).prefix(parameters).map { BoardPage.Cell(text: $0, isNumeric: $1.isNumeric) }
        let form = reader.mayMeasure ? row.job.map { _ in "correct-\(row.number)" } : nil
        values = objectives.enumerated().map { index, objective in
            BoardPage.Value(
                name: objective.name, text: observation.typed(objective.name) ?? "", form: form, job: row.job,
                isLast: index == objectives.count - 1)
        }
        worker = observation.job.flatMap { state.jobs[$0]?.measurement?.worker } ?? ""
    }
}

extension Job {
    /// Its parameters in the order of a table's columns.
    fileprivate func cells(_ columns: [ObservationColumns.Column], _ state: CampaignState) -> [BoardPage.Cell] {
        zip(state.definition?.space.parameters ?? [], columns).map { parameter, column in
            let value = parameters[parameter.name]
            return BoardPage.Cell(
                text: value.map { $0.number.map(Wording.number) ?? "\($0)" } ?? "", isNumeric: column.isNumeric)
        }
    }
}
