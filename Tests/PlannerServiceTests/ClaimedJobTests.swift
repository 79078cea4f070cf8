import Brokers
import Campaigns
import Foundation
import Logging
import ServiceLifecycle
import Support
import Synchronization
import TestLaboratory
import Testing
import WorkerService

@Suite("A job that somebody claims and takes along", .timeLimit(.minutes(5)))
struct ClaimedJobTests {
    /// Claims the next job for `ann`, over a connection that is gone then.
    private func claim(_ laboratory: Laboratory, for lease: Duration) async throws -> Job {
        let (leaving, leave) = AsyncStream.makeStream(of: Void.self)
        let claimant = Claimant(lease: lease, now: { Date().timeIntervalSince1970 }) { leave.yield() }
        let worker = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: WorkerService(
                            campaign: laboratory.campaign.name, name: "ann", broker: laboratory.broker,
                            instrument: claimant, logger: laboratory.logger),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: laboratory.logger))
        let ending = Task {
            for await _ in leaving { await worker.triggerGracefulShutdown() }
        }
        try await worker.run()
        ending.cancel()
        return try #require(await claimant.claim).message
    }

    @Test("is nobody else's, over a restart of everything, and its result counts", arguments: BrokerKind.available)
    func kept(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 4 }) { laboratory in
            let mine = Mutex<Job?>(nil)
            let claiming = Task {
                let job = try await claim(laboratory, for: .seconds(600))
                mine.withLock { $0 = job }
            }
            let first = try await laboratory.run([]) { $0.claimed.count == 1 }
            try await claiming.value
            let job = try #require(mine.withLock { $0 })
            #expect(first.claimed.map(\.job.id) == [job.id])
            // Everybody else measures what there is, and the campaign waits for the last one.
            let others = Measuring { other in
                #expect(other.id != job.id)
                return try await quick.body(other)
            }
            let waiting = try await laboratory.run([others]) { $0.measured == 3 }
            #expect(waiting.pending == [job.id] && waiting.claimed.first?.worker == "ann")
            let result = Event.Body.measured(
                .init(
                    job: job.id, worker: "ann", values: ["branin": 5], began: waiting.openedAt ?? 0,
                    ended: Date().timeIntervalSince1970))
            try await laboratory.broker.send(
                results: [Event(id: "ann's", campaign: laboratory.campaign.name, time: 1, body: result)],
                to: laboratory.campaign.name)
            let state = try await laboratory.run([others])
            #expect(state.measured == 4 && state.tally.duplicates == 0 && state.isFinished)
            #expect(state.observations.last?.job == job.id)
        }
    }

    @Test("is another one's once its lease has ended, as its campaign says", arguments: BrokerKind.available)
    func lapsed(kind: BrokerKind) async throws {
        for redelivery in [WorkerSettings.Redelivery.rerun, .hold, .fail] {
            try await Laboratory.with(kind) {
                $0.budget.measurements = 3
                $0.workers.redelivery = redelivery
                $0.workers.retries = 0
            } _: { laboratory in
                let claiming = Task { try await claim(laboratory, for: .milliseconds(1500)) }
                let state = try await laboratory.run([]) { state in
                    state.order.contains { id in
                        switch state.jobs[id]?.status {
                        case .held, .failed: true
                        case .ready: state.jobs[id]?.job.publication == 2
                        default: false
                        }
                    }
                }
                let job = try #require(state.jobs[try await claiming.value.id])
                #expect(state.claimed.isEmpty)
                switch redelivery {
                case .rerun: #expect(job.status == .ready && job.job.publication == 2)
                case .hold: #expect(state.held.map(\.job.id) == [job.job.id])
                case .fail:
                    #expect(job.isAccident && job.failure?.worker == "ann")
                    #expect(job.failure?.reason == "the lease of ann has ended")
                }
            }
        }
    }

    @Test(
        "is taken out of its queue where it was claimed without being taken from there", arguments: BrokerKind.available
    )
    func surplus(kind: BrokerKind) async throws {
        try await Laboratory.with(kind, { $0.budget.measurements = 3 }) { laboratory in
            let ready = try await laboratory.run([]) { $0.circulating.count == 3 }
            let job = ready.circulating[1].job
            try await laboratory.broker.send(
                results: [
                    Event(
                        id: "c", campaign: laboratory.campaign.name, time: Date().timeIntervalSince1970,
                        body: .claimed(
                            .init(
                                job: job.id, publication: 1, worker: "ann", until: Date().timeIntervalSince1970 + 600)))
                ], to: laboratory.campaign.name)
            let state = try await laboratory.run([]) { $0.claimed.count == 1 && $0.circulating.count == 2 }
            let counted = try await laboratory.broker.depth(of: laboratory.campaign.name, for: .common).ready
            #expect(counted == 2, "\(counted) \(state.order.map { state.jobs[$0] })")
        }
    }
}
