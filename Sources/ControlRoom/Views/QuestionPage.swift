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
        back = "/campaigns/\(campaign.name)" + (typed.job.isEmpty ? "" : "/jobs/\(typed.job)")
        reasonLabel = t[order == "comment" ? "comment" : "reason"] ?? ""
        let objectives = campaign.objectives.map { objective in
            let current = order == "correct" ? history.observation(of: typed.job)?.text(of: objective.name) : nil
            return Field(
                id: "v.\(objective.name)", label: objective.name, unit: objective.unit,
                hint: order == "inject" ? t["optional"] : nil,
                value: typed.values[objective.name] ?? current ?? "", options: [], isChoice: false)
        }
        guard order == "inject" else {
            fields = order == "correct" ? objectives : []
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
}

extension CampaignHistory {
    /// The observation of a job as somebody names it.
    fileprivate func observation(of text: String) -> Observation? {
        guard let job = try? state.job(text, for: campaign.objectives) else { return nil }
        return state.observations.last { $0.job == job }
    }
}

extension Observation {
    /// A value as it is typed: with its limit, or its standard error.
    fileprivate func text(of objective: String) -> String? {
        values[objective].map { value in
            (limits?[objective].map { "\($0.sign) " } ?? "") + value.shortest
                + (errors?[objective].map { " +- \($0.shortest)" } ?? "")
        }
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

/// What somebody typed into a form of an order.
struct OrderForm: Sendable {
    var job = ""
    var reason = ""
    /// The name of somebody at the bench, and whose fault a failure is.
    var person = ""
    var kind = ""
    /// The checksums of files that belong to a result.
    var attachments: [String] = []
    /// What somebody logs in with, and where it goes on afterwards.
    var password = ""
    var next: String?
    /// Typed values by parameter, and by objective; nothing for what was left empty.
    var parameters: [String: String] = [:]
    var values: [String: String] = [:]

    /// Reads the pairs of a form or of a query.
    init(_ pairs: some Sequence<(name: String, value: String)>) {
        for (name, value) in pairs {
            let text = value.trimmingCharacters(in: .whitespacesAndNewlines)
            switch name {
            case "job": job = text
            case "reason": reason = text
            case "person": person = text
            case "kind": kind = text
            case "attachment": attachments.append(text)
            case "password": password = value
            case "next": next = text
            case _ where text.isEmpty: continue
            case _ where name.hasPrefix("p."): parameters[String(name.dropFirst(2))] = text
            case _ where name.hasPrefix("v."): values[String(name.dropFirst(2))] = text
            default: continue
            }
        }
    }

    /// Who may give an order.
    static func role(for order: String) -> Role { order == "comment" || order == "correct" ? .bench : .operator }

    /// The order of a name with it; nil where there is no such order.
    func request(_ order: String) -> OrderRequest? {
        switch order {
        case "pause": .pause
        case "resume": .resume
        case "stop": .stop
        case "rerun": .rerun(job: job)
        case "fail": .fail(job: job)
        case "exclude": .exclude(job: job)
        case "include": .include(job: job)
        case "correct": .correct(job: job, values: values)
        case "comment": .comment(job: job, text: reason)
        case "inject": .inject(parameters: parameters, values: values)
        default: nil
        }
    }
}
