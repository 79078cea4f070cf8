import Campaigns
import Foundation

/// A part of the observations of a campaign, as a table that can be sorted, filtered and paged.
struct ObservationTable: Encodable, Sendable {
    /// An observation; the cells stand in the order of the columns.
    struct Row: Encodable, Sendable {
        let number: Int
        let job: String?
        let cells: [String]
        /// Whether a person called it wrong.
        let excluded: Bool
        /// Whether a person corrected it: the cells have what is right.
        let corrected: Bool
        /// The last comment on its job, with its author.
        let comment: String?

        init(_ observation: Observation, number: Int, _ table: ObservationColumns, _ state: CampaignState) {
            self.number = number
            job = observation.job?.rawValue
            cells = table.columns.indices.map { table.cell($0, observation, state).text }
            excluded = state.isExcluded(observation)
            corrected = observation.job.flatMap(state.correction) != nil
            comment = observation.job.flatMap(state.lastComment)
        }
    }

    /// What is asked for.
    struct Query: Sendable {
        /// The number of a column, from 0; nil is the order of arrival, the last one first.
        var sort: Int?
        var isDescending = false
        /// Only rows that contain it, in any cell, whatever its case.
        var filter = ""
        var offset = 0
        var limit = 50

        /// The longest part that is given at once.
        static let most = 1000
    }

    let columns: [ObservationColumns.Column]
    let rows: [Row]
    /// How many observations match the filter.
    let count: Int
    let offset: Int

    /// The part of the observations of `snapshot` that `query` asks for. Cost: linear in the observations with a filter, n log n where they are sorted.
    init(_ snapshot: CampaignSnapshot, _ query: Query) {
        let state = snapshot.state
        let table = ObservationColumns(state.definition)
        columns = table.columns
        var order = Array(state.observations.indices.reversed())
        if !query.filter.isEmpty {
            let filter = query.filter.lowercased()
            order.removeAll { index in
                let observation = state.observations[index]
                let texts =
                    [observation.job?.rawValue ?? ""]
                    + (observation.job.flatMap { state.comments[$0] } ?? []).map(\.text)
                    + table.columns.indices.map { table.cell($0, observation, state).text }
                return !texts.contains { $0.lowercased().contains(filter) }
            }
        }
        if let column = query.sort, columns.indices.contains(column) {
            let keyed = order.map { (index: $0, cell: table.cell(column, state.observations[$0], state)) }
            order = keyed.sorted { one, other in
                one.cell.precedes(other.cell, query.isDescending) ?? (one.index < other.index)
            }.map(\.index)
        }
        count = order.count
        offset = max(0, min(query.offset, count))
        rows = order.dropFirst(offset).prefix(max(1, min(query.limit, Query.most))).map { index in
            Row(state.observations[index], number: index + 1, table, state)
        }
    }
}

/// The columns of a table of observations: parameters, objectives, and what else is known of a measurement.
struct ObservationColumns: Sendable {
    struct Column: Encodable, Sendable {
        let name: String
        let unit: String?
        let isNumeric: Bool
    }

    /// What stands in a column, and by which number it is sorted.
    struct Cell {
        var text = ""
        var number: Double?

        /// Whether it comes before another one: numbers by size, texts by their letters, what is missing last; nil where they are equal.
        func precedes(_ other: Cell, _ isDescending: Bool) -> Bool? {
            if let number, let another = other.number {
                return number == another ? nil : isDescending ? number > another : number < another
            }
            if (number == nil) != (other.number == nil) { return number != nil }
            if text.isEmpty != other.text.isEmpty { return other.text.isEmpty }
            return text == other.text ? nil : isDescending ? text > other.text : text < other.text
        }
    }

    let columns: [Column]
    private let parameters: [Parameter]
    private let objectives: [Objective]

    /// The columns of a campaign; only those of the measurement before a planner opened it.
    init(_ campaign: Campaign?) {
        parameters = campaign?.space.parameters ?? []
        objectives = campaign?.objectives ?? []
        columns =
            parameters.map { Column(name: $0.name, unit: $0.unit, isNumeric: $0.isNumeric) }
            + objectives.map { Column(name: $0.name, unit: $0.unit, isNumeric: true) }
            + [
                Column(name: "worker", unit: nil, isNumeric: false),
                Column(name: "duration", unit: "s", isNumeric: true),
            ]
    }

    func cell(_ column: Int, _ observation: Observation, _ state: CampaignState) -> Cell {
        if column < parameters.count {
            guard let value = observation.parameters[parameters[column].name] else { return Cell() }
            return Cell(text: value.number.map(Wording.number) ?? "\(value)", number: value.number)
        }
        if column < parameters.count + objectives.count {
            let name = objectives[column - parameters.count].name
            guard let value = observation.values[name] else { return Cell() }
            let sign = observation.limits?[name].map { $0 == .below ? "< " : "> " } ?? ""
            let error = observation.errors?[name].map { " ± \(Wording.number($0))" } ?? ""
            return Cell(text: sign + Wording.number(value) + error, number: value)
        }
        guard let id = observation.job, case .measured(let measurement)? = state.jobs[id]?.status else { return Cell() }
        if column == parameters.count + objectives.count { return Cell(text: measurement.worker) }
        let seconds = max(0, measurement.ended - measurement.began)
        return Cell(text: Wording.number((seconds * 10).rounded() / 10), number: seconds)
    }
}

extension CampaignState {
    /// The last comment on a job, with its author.
    func lastComment(on job: JobID) -> String? { comments[job]?.last.map { "\($0.by): \($0.text)" } }
}
