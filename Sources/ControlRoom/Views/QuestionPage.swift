import Campaigns
import Monitoring

/// The question before an order is given, with what it needs.
struct QuestionPage: Sendable {
    struct Choice: Sendable {
        let text: String
        let isChosen: Bool
    }

    struct Field: Sendable {
        /// Its name in the form: `p.NAME` for a parameter, `v.NAME` for an objective.
        let id: String
        let label: String
        let unit: String?
        let hint: String?
        let value: String
        let options: [Choice]
        let isChoice: Bool
    }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    let order: String
    let question: String
    let text: String?
    let problem: String?
    let job: String?
    let fields: [Field]
    let reason: String
    let reasonLabel: String
    let back: String
    /// Where it goes on afterwards, and the place that a job is moved to.
    let next: String?
    let before: String?

    /// The question for `order` with what was typed so far; `problem` says why that was not taken.
    init(_ order: String, _ typed: OrderForm, _ history: CampaignHistory, problem: String?, _ reader: Reader) {
        let campaign = history.campaign
        let t = Texts.english
        self.order = order
        self.campaign = campaign.name.rawValue
        self.problem = problem
        let key = "ask" + order.prefix(1).uppercased() + order.dropFirst()
        question = t[key] ?? order
        text = t[key + "Text"]
        frame = Frame(title: question, reader: reader)
        job = typed.job.isEmpty ? nil : typed.job
        reason = typed.reason
        next = typed.next
        before = order == "move" ? typed.before : nil
        back =
            "/campaigns/\(campaign.name)" + (typed.isOfBoard ? "/board" : typed.job.isEmpty ? "" : "/jobs/\(typed.job)")
        reasonLabel = t[order == "comment" ? "comment" : "reason"] ?? ""
        let objectives = campaign.objectives.map { objective in
            let current = order == "correct" ? history.observation(of: typed.job)?.typed(objective.name) : nil
            return Field(
                id: "v.\(objective.name)", label: objective.name, unit: objective.unit,
                hint: order == "inject" ? t["optional"] : nil,
                value: typed.values[objective.name] ?? current ?? "", options: [], isChoice: false)
        }
        guard order == "inject" else {
            fields =
                order == "correct" ? objectives : order == "budget" ? Self.limits(campaign, typed, problem, t) : []
            return
        }
        let parameters = campaign.space.parameters.map { parameter in
            let value = typed.parameters[parameter.name] ?? ""
            let options: [String] = if case .categorical(let options, _) = parameter.domain { options } else { [] }
            return Field(
                id: "p.\(parameter.name)", label: parameter.name, unit: parameter.unit, hint: parameter.rangeText,
                value: value,
                options: options.map { Choice(text: $0, isChosen: $0 == value) }, isChoice: !options.isEmpty)
        }
        fields = parameters + objectives
    }

    /// The limits of the budget: those that hold, or those that were typed and not taken.
    private static func limits(
        _ campaign: Campaign, _ typed: OrderForm, _ problem: String?, _ t: [String: String]
    ) -> [Field] {
        let names = Budget.limitNames.filter { $0 != "cost" || campaign.cost != nil }
        return names.map { name in
            let value = typed.values[name] ?? (problem == nil ? campaign.budget.typed(name) : nil)
            let unit = name == "cost" ? campaign.cost?.unit : name == "target" ? campaign.objectives.first?.unit : nil
            return Field(
                id: "v.\(name)", label: t["limit-\(name)"] ?? name, unit: unit, hint: t["limit-\(name)-hint"],
                value: value ?? "", options: [], isChoice: false)
        }
    }
}

extension CampaignHistory {
    /// The observation of a job as somebody names it.
    fileprivate func observation(of text: String) -> Observation? {
        guard let job = try? state.job(text, for: campaign.objectives) else { return nil }
        return state.observations.last { $0.job == job }
    }
}

extension Parameter {
    /// What a number may be, in words; nil where options say it.
    fileprivate var rangeText: String? {
        switch domain {
        case .continuous(let low, let high, _): "\(low.shortest) … \(high.shortest)"
        case .discrete(let levels, _): levels.count <= 12 ? levels.map(\.shortest).joined(separator: ", ") : nil
        case .categorical, .listed: nil
        }
    }
}
