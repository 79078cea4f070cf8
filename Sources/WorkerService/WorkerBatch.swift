import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime

/// The measurement of a batch: one job from the queue, and a result for each of its samples as it comes.
extension WorkerSession {
    private enum BatchSignal: Sendable {
        case outcome(JobID, Result<MeasurementResult, any Error>)
        case published(Event)
        case linkLost(any Error)
        case ended((any Error)?)
    }

    /// Measures a batch until each of its samples has a result at the broker; says of those that have none what becomes of them.
    ///
    /// Nothing waits for the broker: while one result is published others are kept, and while the link is lost all of them.
    func measureBatch(_ batch: Job, _ delivery: Delivery, _ bench: inout WorkerBench) async throws {
        let steps = Mailbox<MeasurementStep>()
        async let _: Void = announce(batch, delivery, steps)
        let (signals, began) = (Mailbox<BatchSignal>(), dependencies.now())
        let experiments = batch.experiments
        var open = Dictionary(experiments.map { ($0.id, $0) }) { first, _ in first }
        var ending: (any Error)?
        var (isLinked, isPublishing, hasEnded) = (true, false, false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await measuredBatch(batch) {
                        steps.send($0)
                    } outcome: {
                        signals.send(.outcome($0, $1))
                    }
                    signals.send(.ended(nil))
                } catch {
                    signals.send(.ended(error))
                }
            }
            defer { group.cancelAll() }
            while !hasEnded || isPublishing {
                let new = await signals.next()
                guard !new.isEmpty else { throw CancellationError() }
                for signal in new {
                    switch signal {
                    case .outcome(let id, let outcome):
                        guard let sample = open.removeValue(forKey: id) else { continue }
                        await keep(event(body(of: sample, outcome, began: began)), of: id, &bench)
                    case .published(let result):
                        isPublishing = false
                        try await confirmed(result, &bench)
                    case .linkLost(let error):
                        (isLinked, isPublishing) = (false, false)
                        logger.info("the results are kept here while the broker cannot be reached: \(error)")
                    case .ended(let error): (ending, hasEnded) = (error, true)
                    }
                }
                guard isLinked, !isPublishing, let result = bench.kept.first else { continue }
                isPublishing = true
                group.addTask { [link] in
                    do {
                        try await link.publish(result)
                        signals.send(.published(result))
                    } catch {
                        signals.send(.linkLost(error))
                    }
                }
            }
        }
        let rest = experiments.filter { open[$0.id] != nil }
        guard let body = try await end(of: batch, rest, after: ending, began: began, delivery, &bench) else { return }
        await keep(event(body), of: batch.id, &bench)
        try await deliver(&bench)
    }

    /// What is said at last of the samples that have no result; nil where all have one, and it is at the broker.
    private func end(
        of batch: Job, _ rest: [Job], after error: (any Error)?, began: Double, _ delivery: Delivery,
        _ bench: inout WorkerBench
    ) async throws -> Event.Body? {
        switch error {
        case is CancellationError:
            // Where the link is gone too, the broker gives it back by itself.
            try? await link.giveBack(delivery)
            throw CancellationError()
        case let unusable as InstrumentUnusable:
            bench.unusable = unusable
            return returned(batch, "\(unusable)")
        case _ where rest.isEmpty:
            try await deliver(&bench)
            return nil
        case let claim as JobClaimed:
            try await deliver(&bench)
            throw claim
        case let given as JobReturned: return returned(batch, given.reason)
        case let error?:
            let kind = (error as? MeasurementFailure)?.kind
            return failed(batch, "\(error)", began: began, ended: dependencies.now(), kind: kind)
        case nil:
            let reason = "the instrument ended without a result of \(rest.count) of \(batch.experiments.count) samples"
            return failed(batch, reason, began: began, ended: dependencies.now())
        }
    }

    /// A sample's result as an event.
    private func body(of sample: Job, _ outcome: Result<MeasurementResult, any Error>, began: Double) -> Event.Body {
        let ended = dependencies.now()
        switch outcome {
        case .success(let result): return body(of: sample, result, began: began, ended: ended)
        case .failure(let error):
            return failed(
                sample, "\(error)", began: began, ended: ended, kind: (error as? MeasurementFailure)?.kind)
        }
    }

    /// Measures a batch; after a shutdown no longer than the limit.
    private func measuredBatch(
        _ batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        if let only = queue.capability, !batch.experiments.allSatisfy({ only.admits($0.parameters) }) {
            throw JobReturned("this worker takes only \(only)")
        }
        try await limited { [instrument] in
            try await instrument.measure(batch: batch, report: report, outcome: outcome)
        }
    }
}
