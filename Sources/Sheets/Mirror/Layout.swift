import Campaigns
import Monitoring

/// What a column of a worksheet has. Its key stands in the first row, which is hidden: people may move columns, insert others, and call them what they
/// like.
enum ColumnRole: Hashable, Sendable {
    /// The job's id, hidden.
    case id
    /// What was written into the row last, hidden: ``RowMark``.
    case mark
    /// What only the campaign says.
    case fact(String)
    case parameter(String)
    /// The value of an objective.
    case value(String)
    case comment

    var key: String {
        switch self {
        case .id: "burette.id"
        case .mark: "burette.mark"
        case .fact(let name): "fact.\(name)"
        case .parameter(let name): "p.\(name)"
        case .value(let name): "v.\(name)"
        case .comment: "comment"
        }
    }

    var isHidden: Bool { self == .id || self == .mark }

    /// Whether what a person types there into a row of a job means something.
    var isEditable: Bool {
        switch self {
        case .value, .comment: true
        case .id, .mark, .fact, .parameter: false
        }
    }
}

/// The columns of a worksheet.
struct Layout: Sendable {
    let tab: Tab
    let columns: [(role: ColumnRole, heading: String)]

    /// The rows above the jobs: keys, and headings.
    static let headRows = 2

    init(_ tab: Tab, of campaign: Campaign) {
        self.tab = tab
        func heading(_ name: String, _ unit: String?) -> String { name + (unit.map { " (\($0))" } ?? "") }
        let parameters = campaign.space.parameters.map {
            (role: ColumnRole.parameter($0.name), heading: heading($0.name, $0.unit))
        }
        let values = campaign.objectives.map { (role: ColumnRole.value($0.name), heading: heading($0.name, $0.unit)) }
        func facts(_ names: String...) -> [(role: ColumnRole, heading: String)] {
            names.map { (role: .fact($0), heading: $0) }
        }
        let hidden: [(role: ColumnRole, heading: String)] = [(.id, "id"), (.mark, "mark")]
        let comment: [(role: ColumnRole, heading: String)] = [(.comment, "comment")]
        columns =
            switch tab {
            case .queue: hidden + facts("place", "job") + parameters + values + comment + facts("origin")
            case .pending: hidden + facts("job", "worker", "status", "since (UTC)") + parameters + values + comment
            case .results:
                hidden + facts("number", "job") + parameters + values + comment
                    + facts("worker", "began (UTC)", "ended (UTC)", "excluded")
            }
    }
}
