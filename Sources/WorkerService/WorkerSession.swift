import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime

/// One worker's session over one link: takes a job, measures it, publishes the result, acknowledges the job.
struct WorkerSession {
    let campaign: CampaignName
    let name: String
    let link: any WorkerLink
    let instrument: any Instrument
    let queue: WorkQueue
    let outbox: (any Outbox)?
    let stopLimit: Duration?
    let dependencies: Dependencies
    let logger: Logger

    private enum Signal: Sendable {
        case job(Delivery)
        /// Nil where that was asked for.
        case jobsEnded((any Error)?)
        case tick
        case shutdown
    }

    /// Publishes the results that no broker has confirmed yet.
    func deliver(_ bench: inout WorkerBench) async throws {
        while let result = bench.kept.first { try await publish(result, &bench) }
    }

    /// Works until a shutdown, and then leaves without touching another job. Throws when the link is lost.
    func work(_ bench: inout WorkerBench) async throws {
        let mailbox = Mailbox<Signal>()
        let (jobs, sleep) = (link.jobs, dependencies.sleep)
        var patience = IdlePatience()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await mailbox.forward(jobs, as: { .job($0) }, end: { .jobsEnded($0) }) }
                group.addTask {
                    while !Task.isCancelled {
                        try await sleep(.seconds(2))
                        mailbox.send(.tick)
                    }
                }
                defer { group.cancelAll() }
                while true {
                    let new = await mailbox.next()
                    guard let rest = try await handle(new, &bench, &patience) else { continue }
                    return try await leave(rest, mailbox, &bench)
                }
            }
        } onGracefulShutdown: {
            mailbox.send(.shutdown)
        }
    }

    /// Takes what has come; at a shutdown answers what it has not taken.
    private func handle(
        _ signals: [Signal], _ bench: inout WorkerBench, _ patience: inout IdlePatience
    ) async throws -> ArraySlice<Signal>? {
        try Task.checkCancellation()
        var isIdle = false
        for (index, signal) in signals.enumerated() {
            if Task.isShuttingDownGracefully { return signals[index...] }
            switch signal {
            case .shutdown: return signals[index...]
            case .jobsEnded(let error): throw error ?? BrokerError.linkClosed
            case .tick: isIdle = signals.count == 1
            case .job(let delivery):
                patience = IdlePatience()
                try await measure(delivery, &bench)
            }
        }
        if isIdle, patience.isOver(ready: try await link.depth().ready) {
            throw BrokerError.queueGone(name: "the consumer of \(Topology.work(campaign, for: queue))")
        }
        return nil
    }

    /// Stops gracefully: cancels the consumer, and returns a job that was delivered in the meantime.
    private func leave(
        _ rest: ArraySlice<Signal>, _ mailbox: Mailbox<Signal>, _ bench: inout WorkerBench
    ) async throws {
        try await link.stopDeliveries()
        var rest = Array(rest)
        while true {
            for signal in rest {
                switch signal {
                case .job(let delivery): try await giveBack(delivery, &bench)
                case .jobsEnded(let error):
                    if let error { throw error }
                    return
                case .tick, .shutdown: break
                }
            }
            rest = await mailbox.next()
            try Task.checkCancellation()
        }
    }

    /// Gives back a job that nobody has begun here. One that another worker had begun ends as its campaign says: given back, it would be
    /// taken for a new one.
    private func giveBack(_ delivery: Delivery, _ bench: inout WorkerBench) async throws {
        guard let job = try? delivery.job(of: campaign), bench.results(of: job) == nil,
            !delivery.redelivered || job.redelivery == .rerun
        else { return try await measure(delivery, &bench) }
        try await link.publish(event(returned(job, "the worker \(name) stops")))
        try await link.acknowledge(delivery)
    }

    private func measure(_ delivery: Delivery, _ bench: inout WorkerBench) async throws {
        let job: Job
        do {
            job = try delivery.job(of: campaign)
        } catch {
            logger.error(
                "a job cannot be read and goes to the dead-letter queue: \(error)",
                metadata: ["message": "\(delivery.id)"])
            return try await link.refuse(delivery)
        }
        if let results = bench.results(of: job) {
            // Measured and confirmed before the link was lost. Said once more, under the same ids, for a planner that has lost them.
            for result in results { try await link.publish(result) }
        } else {
            do {
                try await end(job, delivery, &bench)
            } catch let claim as JobClaimed {
                // Not by the outbox: it holds only while nobody else can have the message.
                try await link.publish(event(claimed(job, claim)))
                await instrument.kept(job.id)
            }
        }
        // With the acknowledgement the broker would deliver the next one.
        if Task.isShuttingDownGracefully || bench.unusable != nil { try await link.stopDeliveries() }
        try await link.acknowledge(delivery)
        if let unusable = bench.unusable { throw unusable }
    }

    /// Measures a job, or does with it what its campaign says of a job whose worker was lost.
    private func end(_ job: Job, _ delivery: Delivery, _ bench: inout WorkerBench) async throws {
        let lost = "its worker was lost during the measurement"
        switch delivery.redelivered ? job.redelivery : .rerun {
        case .rerun where job.samples != nil && delivery.redelivered:
            // Only the planner knows which samples have a result: it publishes the others again.
            try await link.publish(event(.returned(hold(job, lost, isLost: true))))
        case .rerun where job.samples != nil: try await measureBatch(job, delivery, &bench)
        case .rerun: try await publish(try await result(of: job, in: delivery, &bench), &bench)
        case .fail:
            let now = dependencies.now()
            let reason = "\(lost), and the campaign does not rerun jobs"
            try await link.publish(event(failed(job, reason, began: now, ended: now, kind: .accident)))
        case .hold:
            logger.warning("job \(job.id) is held: \(lost)", metadata: ["job": "\(job.id)"])
            try await link.publish(event(.held(hold(job, lost))))
        }
    }

    /// Keeps a result where the death of this process does not reach it; where that cannot be, in its memory.
    func keep(_ result: Event, of job: JobID, _ bench: inout WorkerBench) async {
        do {
            try outbox?.keep(result)
            bench.keep(result, isSaved: true)
            await instrument.kept(job)
            logger.debug("kept \(result.id)")
        } catch {
            bench.keep(result, isSaved: false)
            logger.error(
                "the result of job \(job) cannot be stored on this disk; publishing it at once: \(error)")
        }
    }

    /// Publishes a result; when this returns the broker has it. What neither the disk nor the broker took is said in full.
    private func publish(_ result: Event, _ bench: inout WorkerBench) async throws {
        do {
            try await link.publish(result)
        } catch {
            if bench.unsaved.contains(result.id) { logger.logInFull(result) }
            throw error
        }
        try await confirmed(result, &bench)
    }

    /// A result is at the broker.
    func confirmed(_ result: Event, _ bench: inout WorkerBench) async throws {
        let wasUnsaved = bench.unsaved.contains(result.id)
        bench.confirmed(result)
        try outbox?.drop(result)
        if wasUnsaved, let job = result.body.job { await instrument.kept(job) }
    }

    func failed(
        _ job: Job, _ reason: String, began: Double, ended: Double, error: Refusal.Details? = nil,
        kind: FailureKind? = nil
    ) -> Event.Body {
        .failed(
            .init(
                job: job.id, worker: name, reason: reason, began: began, ended: ended, parameters: job.parameters,
                error: error, kind: kind, samples: job.samplesAlone))
    }

    private func claimed(_ job: Job, _ claim: JobClaimed) -> Event.Body {
        .claimed(
            .init(
                job: job.id, publication: job.publication, worker: name, until: claim.until, parameters: job.parameters,
                samples: job.samplesAlone))
    }

    func returned(_ job: Job, _ reason: String) -> Event.Body { .returned(hold(job, reason)) }

    private func hold(_ job: Job, _ reason: String, isLost: Bool = false) -> Event.Hold {
        .init(
            job: job.id, publication: job.publication, by: name, reason: reason, parameters: job.parameters,
            samples: job.samplesAlone, lost: isLost ? true : nil)
    }

    func event(_ body: Event.Body) -> Event {
        Event(id: dependencies.identity(), campaign: campaign, time: dependencies.now(), body: body)
    }
}

extension Logger {
    /// The whole of a result that is in this process's memory alone, as one line.
    func logInFull(_ result: Event) {
        let json = (try? result.json()).map { String(decoding: $0, as: UTF8.self) } ?? "\(result)"
        error(
            "neither this disk nor the broker has stored this result; it is lost if this process ends now: \(json)"
        )
    }
}
