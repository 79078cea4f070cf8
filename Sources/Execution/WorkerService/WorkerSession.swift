import Brokers
import Campaigns
import Logging
import ServiceLifecycle

/// One worker's work over one link: takes a job, measures it, publishes what came of it, acknowledges it.
struct WorkerSession {
    let campaign: CampaignName
    let name: String
    let link: any WorkerLink
    let instrument: any Instrument
    let only: Capability?
    let spool: (any Spool)?
    let stopLimit: Duration?
    let surroundings: Surroundings
    let logger: Logger

    private enum Signal: Sendable {
        case job(Parcel)
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
        let signals = Signals<Signal>()
        let (jobs, sleep) = (link.jobs, surroundings.sleep)
        var patience = IdlePatience()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await signals.forward(jobs, as: { .job($0) }, end: { .jobsEnded($0) }) }
                group.addTask {
                    while !Task.isCancelled {
                        try await sleep(.seconds(2))
                        signals.send(.tick)
                    }
                }
                defer { group.cancelAll() }
                while true {
                    let new = await signals.next()
                    guard let rest = try await take(new, &bench, &patience) else { continue }
                    return try await leave(rest, signals, &bench)
                }
            }
        } onGracefulShutdown: {
            signals.send(.shutdown)
        }
    }

    /// Takes what has come; at a shutdown answers what it has not taken.
    private func take(
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
            case .job(let parcel):
                patience = IdlePatience()
                try await measure(parcel, &bench)
            }
        }
        if isIdle, patience.isOver(ready: try await link.depth().ready) {
            throw BrokerError.queueGone(name: "the consumer of \(Topology.work(campaign))")
        }
        return nil
    }

    /// Stops politely: no further job is delivered, and one that was delivered in between is given back as it was.
    private func leave(
        _ rest: ArraySlice<Signal>, _ signals: Signals<Signal>, _ bench: inout WorkerBench
    ) async throws {
        try await link.stopDeliveries()
        var rest = Array(rest)
        while true {
            for signal in rest {
                switch signal {
                case .job(let parcel): try await giveBack(parcel, &bench)
                case .jobsEnded(let error):
                    if let error { throw error }
                    return
                case .tick, .shutdown: break
                }
            }
            rest = await signals.next()
            try Task.checkCancellation()
        }
    }

    /// Gives back a job that nobody has begun here. One that another worker had begun ends as its campaign says: given back, it would be
    /// taken for a new one.
    private func giveBack(_ parcel: Parcel, _ bench: inout WorkerBench) async throws {
        guard let job = try? Self.job(in: parcel, of: campaign), bench.done[job.id] == nil,
            !parcel.redelivered || job.redelivery == .rerun
        else { return try await measure(parcel, &bench) }
        try await link.publish(event(returned(job, "the worker \(name) stops")))
        try await link.acknowledge(parcel)
    }

    private func measure(_ parcel: Parcel, _ bench: inout WorkerBench) async throws {
        let job: Job
        do {
            job = try Self.job(in: parcel, of: campaign)
        } catch {
            logger.error(
                "a job cannot be read and goes to the dead queue: \(error)", metadata: ["message": "\(parcel.id)"])
            return try await link.refuse(parcel)
        }
        if let result = bench.done[job.id] {
            // Measured and confirmed before the link was lost. Said once more, under the same id, for a planner that has lost it.
            try await link.publish(result)
        } else {
            try await end(job, parcel, &bench)
        }
        // With the acknowledgement the broker would deliver the next one.
        if Task.isShuttingDownGracefully { try await link.stopDeliveries() }
        try await link.acknowledge(parcel)
    }

    /// Measures a job, or does with it what its campaign says of a job whose worker was lost.
    private func end(_ job: Job, _ parcel: Parcel, _ bench: inout WorkerBench) async throws {
        let lost = "its worker was lost in the middle"
        switch parcel.redelivered ? job.redelivery : .rerun {
        case .rerun: try await publish(try await result(of: job, in: parcel, &bench), &bench)
        case .fail:
            let now = surroundings.now()
            let reason = "\(lost), and the campaign does not run a job again"
            try await link.publish(event(failed(job, reason, began: now, ended: now)))
        case .hold:
            logger.warning("job \(job.id) is kept back: \(lost)", metadata: ["job": "\(job.id)"])
            try await link.publish(event(.held(hold(job, lost))))
        }
    }

    /// Measures, and says what came of it: on the disk when this returns, unless that is full. Gives the job back when the measurement
    /// is cancelled.
    private func result(of job: Job, in parcel: Parcel, _ bench: inout WorkerBench) async throws -> Event {
        let steps = Signals<MeasurementStep>()
        async let _: Void = announce(job, parcel, steps)
        let began = surroundings.now()
        let body: Event.Body
        do {
            if let only, !only.admits(job.parameters) { throw JobReturned("this worker takes only \(only)") }
            let result = try await measured(job) { steps.send($0) }
            let ended = surroundings.now()
            if let objection = job.objection(to: result) {
                body = failed(job, objection, began: began, ended: ended)
            } else {
                body = .measured(
                    .init(
                        job: job.id, worker: name, values: result.values, began: began, ended: ended,
                        parameters: job.parameters, units: result.units.isEmpty ? nil : result.units,
                        attachments: result.attachments.isEmpty ? nil : result.attachments))
            }
        } catch let given as JobReturned {
            body = returned(job, given.reason)
        } catch is CancellationError {
            try? await link.giveBack(parcel)
            throw CancellationError()
        } catch {
            body = failed(job, "\(error)", began: began, ended: surroundings.now())
        }
        // Before the announcement is waited for: a silent network may keep that for a minute.
        let result = event(body)
        logger.info(
            "\(body.type) job \(job.id)", metadata: ["event": "\(result.id)", "values": "\(body.valuesInWords)"])
        await keep(result, of: job.id, &bench)
        return result
    }

    /// Keeps a result where the death of this process does not reach it; where that cannot be, in its memory.
    private func keep(_ result: Event, of job: JobID, _ bench: inout WorkerBench) async {
        do {
            try spool?.keep(result)
            bench.keep(result, isSaved: true)
            await instrument.kept(job)
            logger.debug("kept \(result.id)")
        } catch {
            bench.keep(result, isSaved: false)
            logger.error(
                "the result of job \(job) cannot be kept on this disk, and goes to the broker at once: \(error)")
        }
    }

    /// Publishes a result; when this returns the broker has it. What neither the disk nor the broker took is said in full.
    private func publish(_ result: Event, _ bench: inout WorkerBench) async throws {
        do {
            try await link.publish(result)
        } catch {
            if bench.unsaved.contains(result.id) { logger.sayInFull(result) }
            throw error
        }
        let wasUnsaved = bench.unsaved.contains(result.id)
        bench.confirmed(result)
        try spool?.drop(result)
        if wasUnsaved, let job = result.body.job { await instrument.kept(job) }
    }

    /// Measures; after a shutdown no longer than the limit.
    private func measured(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        guard let stopLimit else { return try await instrument.measure(job, report: report) }
        let (instrument, sleep) = (instrument, surroundings.sleep)
        let shutdown = Signals<Void>()
        return try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: MeasurementResult.self) { group in
                group.addTask { try await instrument.measure(job, report: report) }
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

    private func failed(_ job: Job, _ reason: String, began: Double, ended: Double) -> Event.Body {
        .failed(
            .init(job: job.id, worker: name, reason: reason, began: began, ended: ended, parameters: job.parameters))
    }

    private func returned(_ job: Job, _ reason: String) -> Event.Body { .returned(hold(job, reason)) }

    private func hold(_ job: Job, _ reason: String) -> Event.Hold {
        .init(job: job.id, publication: job.publication, by: name, reason: reason, parameters: job.parameters)
    }

    private func event(_ body: Event.Body) -> Event {
        Event(id: surroundings.identity(), campaign: campaign, time: surroundings.now(), body: body)
    }

    private static func job(in parcel: Parcel, of campaign: CampaignName) throws(Event.Unreadable) -> Job {
        guard case .published(let job) = try parcel.event(of: campaign).body else {
            throw Event.Unreadable(reason: "it is no job")
        }
        return job
    }

    /// Says that the measurement has begun, once it has lasted a moment: a result that comes at once says it all. Then tells how far
    /// it has come, at most every ten seconds. Where such a message is lost, status takes the job for one that nobody has begun.
    private func announce(_ job: Job, _ parcel: Parcel, _ steps: Signals<MeasurementStep>) async {
        if !parcel.redelivered {
            try? await surroundings.sleep(.milliseconds(20))
        }
        guard !Task.isCancelled else { return }
        let start = event(
            .started(
                .init(job: job.id, worker: name, redelivered: parcel.redelivered, publication: job.publication)))
        try? await link.publish(start)
        while let step = await steps.next().last {
            let body = Event.Progress(
                job: job.id, worker: name, fraction: step.fraction, note: step.note, partial: step.partial)
            try? await link.publish(event(.progressed(body)))
            try? await surroundings.sleep(.seconds(10))
        }
    }
}

extension Event.Body {
    /// The measured values, as a log shows them.
    fileprivate var valuesInWords: String {
        guard case .measured(let measurement) = self else { return "" }
        return measurement.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

extension Logger {
    /// The whole of a result that is in this process's memory alone, as one line.
    func sayInFull(_ result: Event) {
        let json = (try? result.json()).map { String(decoding: $0, as: UTF8.self) } ?? "\(result)"
        error(
            "neither this disk nor the broker has taken this result; it is lost if this process ends before one of them does: \(json)"
        )
    }
}
