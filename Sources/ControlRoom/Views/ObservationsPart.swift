import Campaigns
import Foundation

/// The table of observations on a page, with the links that sort and page it.
struct ObservationsPart: Sendable {
    struct Heading: Sendable {
        let name: String
        let unit: String?
        let link: String
        let arrow: String
        let isNumeric: Bool
    }

    struct Cell: Sendable {
        let text: String
        let isNumeric: Bool
    }

    struct Line: Sendable {
        let number: Int
        let job: String?
        let cells: [Cell]
        let excluded: Bool
        let corrected: Bool
        let comment: String?

        fileprivate init(_ row: ObservationTable.Row, _ columns: [ObservationColumns.Column]) {
            (number, job) = (row.number, row.job)
            cells = zip(row.cells, columns).map { Cell(text: $0, isNumeric: $1.isNumeric) }
            (excluded, corrected, comment) = (row.excluded, row.corrected, row.comment)
        }

        /// The line of an observation.
        init(_ observation: Observation, number: Int, _ table: ObservationColumns, _ state: CampaignState) {
            self.init(ObservationTable.Row(observation, number: number, table, state), table.columns)
        }
    }

    let campaign: String
    let headings: [Heading]
    let lines: [Line]
    let filter: String
    let from: Int
    let to: Int
    let count: Int
    let isEmpty: Bool
    let earlier: String?
    let later: String?

    init(_ snapshot: CampaignSnapshot, _ query: ObservationTable.Query) {
        let table = ObservationTable(snapshot, query)
        campaign = snapshot.name.rawValue
        func link(sort: Int?, descending: Bool, offset: Int) -> String {
            var parts = URLComponents()
            parts.queryItems = [
                sort.map { URLQueryItem(name: "sort", value: "\($0)") },
                descending ? URLQueryItem(name: "descending", value: "1") : nil,
                query.filter.isEmpty ? nil : URLQueryItem(name: "filter", value: query.filter),
                offset > 0 ? URLQueryItem(name: "offset", value: "\(offset)") : nil,
            ].compactMap(\.self)
            return "?" + (parts.percentEncodedQuery ?? "") + "#observations"
        }
        headings = table.columns.enumerated().map { index, column in
            let isSorted = query.sort == index
            return Heading(
                name: column.name, unit: column.unit,
                link: link(sort: index, descending: isSorted && !query.isDescending, offset: 0),
                arrow: isSorted ? query.isDescending ? "▼" : "▲" : "", isNumeric: column.isNumeric)
        }
        lines = table.rows.map { row in
            Line(row, table.columns)
        }
        filter = query.filter
        (from, to, count) = (table.rows.isEmpty ? 0 : table.offset + 1, table.offset + table.rows.count, table.count)
        isEmpty = snapshot.state.observations.isEmpty
        let before = max(0, table.offset - query.limit)
        earlier = table.offset > 0 ? link(sort: query.sort, descending: query.isDescending, offset: before) : nil
        later = to < count ? link(sort: query.sort, descending: query.isDescending, offset: to) : nil
    }
}
