import Campaigns
import Capacity

/// What more workers would bring.
struct CapacityPage: Sendable {
    struct Row: Sendable {
        let workers: String
        let lasts: String
        let utilization: String
        let best: String
        let quartiles: String
        let toGoal: String
    }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    /// Whether it can be asked for.
    let mayBegin: Bool
    /// How far it is, while it is computed.
    let computing: String?
    let problem: String?
    let basis: String?
    let objective: String
    let goal: String
    let rows: [Row]
    let verdict: String?

    init(_ campaign: Campaign, _ standing: CapacityDesk.Standing?, _ reader: Reader) {
        let t = Texts.english
        frame = Frame(title: "\(campaign.name): \(t["capacity"] ?? "")", reader: reader)
        self.campaign = campaign.name.rawValue
        objective = campaign.objectives.first?.name ?? ""
        var (computing, problem, study): (String?, String?, CapacityStudy?) = (nil, nil, nil)
        switch standing {
        case .computing(let over, let all): computing = "\(over) / \(all)"
        case .failed(let reason): problem = reason
        case .done(let done): study = done
        case nil: break
        }
        (self.computing, self.problem, mayBegin) = (computing, problem, computing == nil && reader.mayMeasure)
        basis = study.map { "\($0.measures); \(t["capacitySeeds"] ?? "") \($0.seeds)" }
        goal = study?.goal.map(Wording.number) ?? ""
        rows = (study?.rows ?? []).map { row in
            Row(
                workers: "\(row.workers)", lasts: CapacityStudy.duration(row.seconds),
                utilization: "\(Int((row.utilization * 100).rounded(.down))) %", best: Wording.number(row.best),
                quartiles: row.quartiles.map(Wording.number).joined(separator: " \(t["to"] ?? "") "),
                toGoal: row.secondsToGoal.map(CapacityStudy.duration) ?? "-")
        }
        verdict = study.map { $0.enough.map { "\(t["capacityEnough"] ?? "") \($0)." } ?? t["capacityMore"] ?? "" }
    }
}
