import Brokers
import Campaigns
import Testing

/// The broker of `burette run`, which keeps nothing itself.
@Suite("A broker that confirms what the planner has acknowledged", .timeLimit(.minutes(1)))
struct ConfirmTests {
    private let campaign: CampaignName
    private let event: Event

    init() throws {
        campaign = try CampaignName("c")
        event = Event(
            id: "e", campaign: campaign, time: 1,
            body: .measured(.init(job: JobID("j"), worker: "w", values: ["y": 1], began: 0, ended: 1)))
    }

    /// All ways by which an event comes to the planner.
    enum Sender: CaseIterable {
        case worker, people, operators

        func send(_ event: Event, at broker: EmbeddedBroker) async throws {
            switch self {
            case .worker: try await broker.openWorker(event.campaign, as: "w").publish(event)
            case .people: try await broker.send(results: [event], to: event.campaign)
            case .operators: try await broker.send(orders: [event], to: event.campaign)
            }
        }
    }

    @Test(
        "tells nobody that an event is safe whose planner ends before it has acknowledged it",
        arguments: Sender.allCases)
    func planner(sender: Sender) async throws {
        let broker = EmbeddedBroker(confirmsOnceAcknowledged: true)
        let planner = try await broker.openPlanner(campaign, as: "p", wait: false) {}
        let sending = Task { try await sender.send(event, at: broker) }
        var inbox = planner.inbox.makeAsyncIterator()
        _ = try #require(try await inbox.next())
        await planner.close()
        await #expect(throws: BrokerError.linkClosed) { try await sending.value }
        await #expect(throws: BrokerError.linkClosed) { try await sender.send(event, at: broker) }
        // The next planner has it all the same, and says so of what is sent again.
        let next = try await broker.openPlanner(campaign, as: "q", wait: false) {}
        let again = Task { try await sender.send(event, at: broker) }
        var rest = next.inbox.makeAsyncIterator()
        for _ in 0..<2 {
            let delivery = try #require(try await rest.next())
            #expect(delivery.id == event.id)
            try await next.acknowledge([delivery])
        }
        try await again.value
    }
}
