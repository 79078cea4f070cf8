import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime

/// One measurement, from the job to its result.
extension WorkerSession {
    /// Measures, and returns the result, which is then in the outbox unless the disk is full. Requeues the job when the measurement
    /// is cancelled.
    func result(of job: Job, in delivery: Delivery, _ bench: inout WorkerBench) async throws -> Event {
        let steps = Mailbox<MeasurementStep>()
        async let _: Void = announce(job, delivery, steps)
        let began = dependencies.now()
        let body: Event.Body
        do {
            if let only = queue.capability, !only.admits(job.parameters) {
                throw JobReturned("this worker takes only \(only)")
            }
            let instrument = instrument
            let result = try await limited { try await instrument.measure(job) { steps.send($0) } }
            body = self.body(of: job, result, began: began, ended: dependencies.now())
        } catch let given as JobReturned {
            body = returned(job, given.reason)
        } catch let claim as JobClaimed {
            throw claim
        } catch let unusable as InstrumentUnusable {
            bench.unusable = unusable
            body = returned(job, "\(unusable)")
        } catch is CancellationError {
            // Where the link is gone too, the broker gives it back by itself.
            try? await link.giveBack(delivery)
            throw CancellationError()
        } catch {
            let kind = (error as? MeasurementFailure)?.kind
            body = failed(job, "\(error)", began: began, ended: dependencies.now(), kind: kind)
        }
        // Before the announcement is waited for: a silent network may keep that for a minute.
        let result = event(body)
        logger.info(
            "\(body.type) job \(job.id)", metadata: ["event": "\(result.id)", "values": "\(body.valuesDescription)"])
        await keep(result, of: job.id, &bench)
        return result
    }

    /// The result of an experiment as an event: a failure where it is none.
    func body(of job: Job, _ result: MeasurementResult, began: Double, ended: Double) -> Event.Body {
        let result = result.separatingCost(of: job)
        if let refusal = job.refusal(of: result) {
            return failed(job, "\(refusal)", began: began, ended: ended, error: refusal.details)
        }
        return .measured(
            .init(
                job: job.id, worker: name, values: result.values, began: began, ended: ended,
                parameters: job.parameters.merging(result.parameters) { $1 },
                units: result.units.isEmpty ? nil : result.units,
                attachments: result.attachments.isEmpty ? nil : result.attachments, cost: result.cost,
                limits: result.limits.isEmpty ? nil : result.limits,
                errors: result.errors.isEmpty ? nil : result.errors))
    }

    /// Measures; after a shutdown no longer than the limit.
    func limited<Value: Sendable>(_ measure: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard let stopLimit else { return try await measure() }
        let sleep = dependencies.sleep
        let shutdown = Mailbox<Void>()
        return try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Value.self) { group in
                group.addTask { try await measure() }
                group.addTask {
                    _ = await shutdown.next()
                    try Task.checkCancellation()
                    try await sleep(stopLimit)
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw CancellationError() }
                return result
            }
        } onGracefulShutdown: {
            shutdown.send(())
        }
    }

    /// Says that the measurement has begun, once it has lasted a moment: a result that comes at once says it all. Then tells how far
    /// it has come, at most every ten seconds. Where such a message is lost, status takes the job for one that nobody has begun.
    func announce(_ job: Job, _ delivery: Delivery, _ steps: Mailbox<MeasurementStep>) async {
        if !delivery.redelivered {
            try? await dependencies.sleep(.milliseconds(20))
        }
        guard !Task.isCancelled else { return }
        let start = event(
            .started(
                .init(job: job.id, worker: name, redelivered: delivery.redelivered, publication: job.publication)))
        try? await link.publish(start)
        while let step = await steps.next().last {
            let body = Event.Progress(
                job: job.id, worker: name, fraction: step.fraction, note: step.note, partial: step.partial)
            try? await link.publish(event(.progressed(body)))
            try? await dependencies.sleep(.seconds(10))
        }
    }
}

extension Event.Body {
    /// The measured values, as a log shows them.
    fileprivate var valuesDescription: String {
        guard case .measured(let measurement) = self else { return "" }
        return measurement.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
