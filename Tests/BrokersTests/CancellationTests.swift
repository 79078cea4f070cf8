import Campaigns
import Foundation
import Testing

@testable import Brokers

/// A cancellation runs under a lock of the cancelled task, which whoever resumes that task needs too: where the handler of the cancellation waits for the
/// broker, and the broker resumes the task, each waits for the other for ever.
@Suite("Whoever waits for an embedded broker", .timeLimit(.minutes(1)))
struct CancellationTests {
    private let campaign: CampaignName

    init() throws { campaign = try CampaignName("c") }

    @Test("for a confirm is cancelled at once, whatever the broker does at that moment")
    func confirm() async throws {
        let broker = EmbeddedBroker(confirmsOnceAcknowledged: true)
        let planner = try await broker.openPlanner(campaign, as: "p", wait: false) {}
        let worker = try await broker.openWorker(campaign, as: "w", for: .common, announcing: nil)
        let job = JobID("j")
        let event = Event(
            id: "e", campaign: campaign, time: 1, body: .started(.init(job: job, worker: "w", redelivered: false)))
        let publishing = Task { try await worker.publish(event) }
        var inbox = planner.inbox.makeAsyncIterator()
        let delivery = try #require(try await inbox.next())
        #expect(await isCancelledAtOnce(publishing, while: broker))
        // What comes too late meets nobody.
        try await planner.acknowledge([delivery])
        await #expect(throws: CancellationError.self) { try await publishing.value }
    }

    @Test("for a campaign's lock is cancelled at once, and the next one gets it")
    func lock() async throws {
        let broker = EmbeddedBroker()
        let first = try await broker.openPlanner(campaign, as: "p", wait: false) {}
        let waits = AsyncStream.makeStream(of: Void.self)
        let second = Task { try await broker.openPlanner(campaign, as: "q", wait: true) { waits.continuation.yield() } }
        for await _ in waits.stream { break }
        #expect(await isCancelledAtOnce(second, while: broker))
        await #expect(throws: CancellationError.self) { try await second.value }
        let third = Task { try await broker.openPlanner(campaign, as: "r", wait: true) { waits.continuation.finish() } }
        for await _ in waits.stream {}
        await first.close()
        await (try await third.value).close()
    }

    /// Whether the cancellation of a task returns while the broker is busy with something else.
    private func isCancelledAtOnce<Result>(_ task: Task<Result, any Error>, while broker: EmbeddedBroker) async -> Bool
    {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let isCancelled = broker.with(campaign) { _ in
                    let done = DispatchSemaphore(value: 0)
                    DispatchQueue.global().async {
                        task.cancel()
                        done.signal()
                    }
                    // Only the faulty broker lets this time pass.
                    return done.wait(timeout: .now() + 10) == .success
                }
                continuation.resume(returning: isCancelled)
            }
        }
    }
}
