import AMQP
import Brokers
import Campaigns
import Foundation
import Support
import Testing

extension Conformance {
    /// A campaign of its own for one test, removed afterwards.
    func scene(_ kind: BrokerKind, _ body: (Scene) async throws -> Void) async throws {
        let campaign = try freshName()
        let broker = kind.make()
        let planner = try await broker.openPlanner(campaign, as: "first", wait: false, standby: {})
        let scene = Scene(broker: broker, campaign: campaign, planner: planner)
        do {
            try await body(scene)
        } catch {
            await planner.close()
            try await broker.remove(campaign)
            throw error
        }
        await planner.close()
        try await broker.remove(campaign)
    }
}

/// A campaign with its planner's link.
struct Scene: Sendable {
    let broker: any Broker
    let campaign: CampaignName
    let planner: any PlannerLink

    func worker() async throws -> any WorkerLink { try await broker.openWorker(campaign, as: "worker") }

    func event(_ id: EventID, _ body: Event.Body) -> Event { Event(id: id, campaign: campaign, time: 1, body: body) }

    func job(_ number: Int) -> Event { job(number, for: nil) }

    func job(_ number: Int, for only: Capability?) -> Event {
        event(
            "job-\(number)",
            .published(
                Job(
                    id: JobID("\(number)"), parameters: ["x": .number(1)], objectives: ["y"], only: only,
                    origin: .planned)))
    }

    func jobs(_ count: Int) -> [Event] { (1...count).map(job) }

    func result(_ number: Int) -> Event {
        event(
            "result-\(number)",
            .measured(.init(job: JobID("\(number)"), worker: "worker", values: ["y": 2], began: 1, ended: 2)))
    }
}
