import Campaigns
import Foundation

/// The page of a campaign's model.
struct ModelPage: Sendable {
    struct Choice: Sendable {
        let name: String
        let isChosen: Bool
    }

    struct Row: Sendable {
        let parameter: String
        let alone: String
        let total: String
        let range: String
        let best: String
    }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    let hasModel: Bool
    let known: String
    let xs: [Choice]
    let ys: [Choice]
    let hasPlane: Bool
    let rows: [Row]
    let calibration: String
    let address: String
    /// Whether other parameters can be chosen.
    let mayChoose: Bool

    init(
        _ campaign: Campaign, _ view: ModelView?, _ axes: (x: String, y: String)?, _ reader: Reader,
        mayChoose: Bool = true
    ) {
        self.mayChoose = mayChoose
        let t = Texts.english
        frame = Frame(title: "\(campaign.name): \(t["model"] ?? "")", reader: reader)
        self.campaign = campaign.name.rawValue
        hasModel = view != nil
        known = "\(view?.observations ?? 0)"
        let names = campaign.space.parameters.map(\.name)
        xs = names.map { Choice(name: $0, isChosen: $0 == axes?.x) }
        ys = names.map { Choice(name: $0, isChosen: $0 == axes?.y) }
        hasPlane = axes != nil
        let percent = { (value: Double) in "\(Int((100 * value).rounded())) %" }
        rows = (view?.importance ?? []).map { one in
            let unit = campaign.space.parameters.first { $0.name == one.parameter }?.unit
            let best = view?.center[one.parameter].map {
                ($0.number.map(Wording.number) ?? "\($0)") + (unit.map { " \($0)" } ?? "")
            }
            return Row(
                parameter: one.parameter, alone: percent(one.alone), total: percent(one.total),
                range: "\(percent(one.low)) \(t["to"] ?? "") \(percent(one.high))", best: best ?? "")
        }
        calibration = (view?.within ?? []).map(percent).joined(separator: " / ")
        var query = ""
        if let axes { query = "?x=\(axes.x.percentEncoded)&y=\(axes.y.percentEncoded)" }
        address = "/api/campaigns/\(campaign.name)/model\(query)"
    }
}

extension String {
    /// As a value in a query.
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
