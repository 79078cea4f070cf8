import Campaigns

/// Campaigns side by side.
struct ComparePage: Sendable {
    struct Choice: Sendable {
        let name: String
        let isChosen: Bool
    }

    let frame: Frame
    let t = Texts.english
    let choices: [Choice]
    let lines: [CampaignsPage.Line]
    /// The names of those that are compared, as the chart takes them.
    let chosen: String
    let isEmpty: Bool

    /// The most that are compared at once: more colours are not told apart.
    static let most = 8

    /// The page of `rows`, of which those of `names` are compared; the first few where none is named.
    init(_ rows: [CampaignRow], names: [String], _ reader: Reader) {
        let known = Set(rows.map(\.name))
        let named = names.filter(known.contains)
        let compared = Set((named.isEmpty ? rows.map(\.name) : named).prefix(Self.most))
        frame = Frame(title: Texts.english["compare"] ?? "", reader: reader)
        choices = rows.map { Choice(name: $0.name, isChosen: compared.contains($0.name)) }
        lines = rows.filter { compared.contains($0.name) }.map(CampaignsPage.Line.init)
        chosen = lines.map(\.row.name).joined(separator: " ")
        isEmpty = rows.isEmpty
    }
}
