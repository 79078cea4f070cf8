import Campaigns
import Foundation

/// The page of somebody who measures by hand.
struct BenchPage: Sendable {
    struct Setting: Sendable {
        let name: String
        let value: String
        let unit: String?
    }

    struct Field: Sendable {
        let id: String
        let label: String
        let unit: String?
        let value: String
    }

    struct Task: Sendable {
        let job: String
        let settings: [Setting]
        let fields: [Field]
        let since: Double
        let batch: String?
    }

    let frame: Frame
    let t = Texts.english
    let campaign: String
    let person: String?
    let isServed: Bool
    let howToServe: String
    let task: Task?
    /// Whether a job was asked for, and none came.
    let isWaiting: Bool
    let done: String?
    let problem: String?
    let lease: String

    init(
        _ campaign: Campaign, person: String?, held: Bench.Held?, isServed: Bool, isWaiting: Bool, done: String?,
        problem: String?, typed: OrderForm, lease: Duration, _ reader: Reader
    ) {
        let t = Texts.english
        frame = Frame(title: "\(campaign.name): \(t["bench"] ?? "")", reader: reader)
        self.campaign = campaign.name.rawValue
        (self.person, self.isServed, self.isWaiting, self.done, self.problem) = (
            person, isServed, isWaiting && held == nil, done, problem
        )
        howToServe = Problem.noBench(campaign.name).message
        self.lease = Wording.duration(Double(lease.components.seconds))
        task = held.map { held in
            Task(
                job: held.job.id.rawValue,
                settings: Self.settings(of: held.job, campaign),
                fields: campaign.objectives.map {
                    Field(id: "v.\($0.name)", label: $0.name, unit: $0.unit, value: typed.values[$0.name] ?? "")
                }, since: held.since, batch: held.job.batch?.job.rawValue)
        }
    }

    /// What a job's parameters are to be set to, in the order in which they are set.
    static func settings(of job: Job, _ campaign: Campaign) -> [Setting] {
        campaign.parametersInWorkingOrder.compactMap { parameter in
            job.parameters[parameter.name].map {
                Setting(name: parameter.name, value: $0.number.map(Wording.number) ?? "\($0)", unit: parameter.unit)
            }
        }
    }
}
