import Campaigns
import Foundation
import Monitoring
import Spreadsheets

/// The rows of a campaign's worksheets as they should be.
struct Rendering: Sendable {
    /// A row that should be there.
    struct Row: Sendable {
        let job: JobID
        /// What stands in its cells where nobody has typed anything.
        let cells: [ColumnRole: CellValue]
        var place: Int?
    }

    let rows: [Tab: [Row]]

    /// The rows of a campaign in a state at a time. Cost: linear in the observations.
    init(_ state: CampaignState, _ campaign: Campaign, now: Double) {
        let board = Board(state, now: now)
        func point(_ parameters: Point) -> [ColumnRole: CellValue] {
            var cells: [ColumnRole: CellValue] = [:]
            for parameter in campaign.space.parameters {
                cells[.parameter(parameter.name)] = CellValue(parameters[parameter.name])
            }
            return cells
        }
        func comment(_ job: JobID) -> CellValue { CellValue(Self.comments(state, job)) }
        let queue = board.queue.enumerated().map { index, waiting in
            let job = waiting.job
            var cells = point(job.parameters)
            cells[.fact("place")] = .number(Double(index + 1))
            cells[.fact("job")] = .text(job.id.rawValue)
            cells[.fact("origin")] = .text(job.origin.rawValue)
            cells[.comment] = comment(job.id)
            return Row(job: job.id, cells: cells, place: index + 1)
        }
        let pending = board.pending.map { one in
            let job = one.record.job
            var cells = point(job.parameters)
            cells[.fact("job")] = .text(job.id.rawValue)
            cells[.fact("worker")] = CellValue(one.worker)
            cells[.fact("status")] = .text(one.record.status.word)
            cells[.fact("since (UTC)")] = CellValue(one.since.map(Self.time))
            cells[.comment] = comment(job.id)
            return Row(job: job.id, cells: cells)
        }
        let results = state.observations.enumerated().compactMap { index, observation -> Row? in
            guard let job = observation.job else { return nil }
            let measurement = state.jobs[job]?.measurement
            var cells = point(state.definitions?.completed(observation.parameters) ?? observation.parameters)
            cells[.fact("number")] = .number(Double(index + 1))
            cells[.fact("job")] = .text(job.rawValue)
            cells[.fact("worker")] = CellValue(measurement?.worker)
            cells[.fact("began (UTC)")] = CellValue(measurement.map { Self.time($0.began) })
            cells[.fact("ended (UTC)")] = CellValue(measurement.map { Self.time($0.ended) })
            cells[.fact("excluded")] = CellValue(
                state.isExcluded(observation) ? state.verdict(on: observation)?.reason : nil)
            for objective in campaign.objectives {
                let isPlain = observation.limits?[objective.name] == nil && observation.errors?[objective.name] == nil
                cells[.value(objective.name)] =
                    isPlain
                    ? observation.values[objective.name].map(CellValue.number) ?? .empty
                    : CellValue(observation.typed(objective.name))
            }
            cells[.comment] = comment(job)
            return Row(job: job, cells: cells)
        }
        rows = [.queue: queue, .pending: pending, .results: results]
    }

    /// All comments on a job, each with its author.
    static func comments(_ state: CampaignState, _ job: JobID) -> String { state.comments[job]?.text ?? "" }

    private static func time(_ seconds: Double) -> String {
        guard seconds > 0, seconds < 253_402_300_799 else { return "" }
        return Date(timeIntervalSince1970: seconds).formatted(
            .iso8601.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false)
                .timeSeparator(.colon).dateTimeSeparator(.space))
    }
}

extension Rendering.Row {
    /// The mark of a row that has just been written.
    func mark() -> RowMark {
        var mark = RowMark(job: job.rawValue)
        mark.place = place
        for (role, value) in cells where role.isEditable && !value.text.isEmpty { mark.written[role.key] = value.text }
        return mark
    }
}
