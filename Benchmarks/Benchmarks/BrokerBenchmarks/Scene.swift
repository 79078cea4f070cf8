import AMQP
import Brokers
import Campaigns
import Foundation

/// A campaign at a broker with one planner and one worker. It goes with the private node that deploy/bench starts.
actor Scene {
    static let jobs = 2000

    enum Kind: String, CaseIterable { case rabbitMQ = "RabbitMQ", embedded }

    private let broker: any Broker
    private let campaign: CampaignName
    private let planner: any PlannerLink
    private let worker: any WorkerLink
    private var published = 0
    private var measured = 0

    init(_ kind: Kind) async throws {
        campaign = try CampaignName("bench-\(UInt32.random(in: .min ... .max))")
        broker = try kind.broker()
        planner = try await broker.openPlanner(campaign, as: "bench", wait: false, standby: {})
        worker = try await broker.openWorker(campaign, as: "bench")
    }

    /// Publishes all the jobs that the turns will take.
    func fill() async throws { try await planner.publish((0..<Self.jobs).map(job)) }

    /// Many jobs are on their way at once, and all confirmed.
    func publish(_ count: Int) async throws {
        let jobs = (published + 1...published + count).map(job)
        published += count
        try await planner.publish(jobs)
    }

    /// One job is published and confirmed.
    func publish() async throws {
        published += 1
        try await planner.publish([job(published)])
    }

    /// A job is delivered, its result published and confirmed, and the job acknowledged.
    func turn() async throws {
        var jobs = worker.jobs.makeAsyncIterator()
        guard let delivery = try await jobs.next(isolation: self) else { throw NoBroker() }
        measured += 1
        try await worker.publish(result(measured))
        try await worker.acknowledge(delivery)
    }

    private func job(_ number: Int) -> Event {
        let job = Job(
            id: JobID("\(number)"), parameters: ["x0": .number(1.25), "x1": .number(0.5)], objectives: ["y"],
            origin: .planned,
            explanation: Explanation(planner: "bench", observations: 4, pending: 5))
        return Event(id: "job-\(number)", campaign: campaign, time: 1, body: .published(job))
    }

    private func result(_ number: Int) -> Event {
        Event(
            id: "result-\(number)", campaign: campaign, time: 1,
            body: .measured(.init(job: JobID("\(number)"), worker: "bench", values: ["y": 0.5], began: 1, ended: 2)))
    }

    struct NoBroker: Error, CustomStringConvertible {
        let description = "no broker answers; run deploy/bench"
    }
}

extension Scene.Kind {
    func broker() throws -> any Broker {
        switch self {
        case .embedded: return EmbeddedBroker()
        case .rabbitMQ:
            guard let uri = ProcessInfo.processInfo.environment["BURETTE_BROKER"] else { throw Scene.NoBroker() }
            return RabbitMQBroker(endpoint: try Endpoint(uri: uri))
        }
    }
}
