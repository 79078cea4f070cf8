import Brokers
import Campaigns
import Logging
import ServiceLifecycle

/// What a worker has on its bench between two links.
struct WorkerBench {
    /// Results that no broker has confirmed yet.
    var kept: [Event]
    /// The last results that were confirmed, by their jobs: these are not measured again if they come again.
    private(set) var done: [JobID: Event] = [:]
    private var order: [JobID] = []

    init(kept: [Event]) { self.kept = kept }

    mutating func confirmed(_ result: Event) {
        kept.removeAll { $0.id == result.id }
        // One that was given back is measured if it comes again.
        guard let job = result.body.job, !result.body.isReturn else { return }
        if done.updateValue(result, forKey: job) == nil { order.append(job) }
        if order.count > 1000 { done.removeValue(forKey: order.removeFirst()) }
    }
}

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
        case jobsEnded(any Error)
        case tick
        case shutdown
    }

    /// Publishes the results that no broker has confirmed yet.
    func deliver(_ bench: inout WorkerBench) async throws {
        while let result = bench.kept.first {
            try await link.publish(result)
            try confirmed(result, &bench)
        }
    }

    /// Works until a shutdown. Throws when the link is lost.
    func work(_ bench: inout WorkerBench) async throws {
        let signals = Signals<Signal>()
        let (jobs, sleep) = (link.jobs, surroundings.sleep)
        var patience = IdlePatience()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await signals.forward(jobs, as: { .job($0) }, end: { .jobsEnded($0 ?? BrokerError.linkClosed) })
                }
                group.addTask {
                    while !Task.isCancelled {
                        try await sleep(.seconds(2))
                        signals.send(.tick)
                    }
                }
                defer { group.cancelAll() }
                while try await take(await signals.next(), &bench, &patience) {}
            }
        } onGracefulShutdown: {
            signals.send(.shutdown)
        }
    }

    /// Takes what has come; false at a shutdown.
    private func take(
        _ signals: [Signal], _ bench: inout WorkerBench, _ patience: inout IdlePatience
    ) async throws -> Bool {
        try Task.checkCancellation()
        var isIdle = false
        for signal in signals {
            switch signal {
            case .shutdown: return false
            case .jobsEnded(let error): throw error
            case .tick: isIdle = signals.count == 1
            case .job(let parcel):
                patience = IdlePatience()
                if Task.isShuttingDownGracefully { return false }
                try await measure(parcel, &bench)
            }
        }
        if isIdle, patience.isOver(ready: try await link.depth().ready) {
            throw BrokerError.queueGone(name: "the consumer of \(Topology.work(campaign))")
        }
        return true
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
        try await link.acknowledge(parcel)
    }

    /// Measures a job, or does with it what its campaign says of a job whose worker was lost.
    private func end(_ job: Job, _ parcel: Parcel, _ bench: inout WorkerBench) async throws {
        let lost = "its worker was lost in the middle"
        switch parcel.redelivered ? job.redelivery : .rerun {
        case .rerun:
            let result = try await result(of: job, in: parcel)
            bench.kept.append(result)
            try await link.publish(result)
            try confirmed(result, &bench)
        case .fail:
            let now = surroundings.now()
            let reason = "\(lost), and the campaign does not run a job again"
            try await link.publish(event(failed(job, reason, began: now, ended: now)))
        case .hold:
            logger.warning("job \(job.id) is kept back: \(lost)", metadata: ["job": "\(job.id)"])
            try await link.publish(
                event(
                    .held(
                        .init(
                            job: job.id, publication: job.publication, by: name, reason: lost,
                            parameters: job.parameters))))
        }
    }

    private func confirmed(_ result: Event, _ bench: inout WorkerBench) throws {
        bench.confirmed(result)
        try spool?.drop(result)
    }

    /// Measures, and says what came of it: on the disk when this returns. Gives the job back when the measurement is cancelled.
    private func result(of job: Job, in parcel: Parcel) async throws -> Event {
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
        } catch let returned as JobReturned {
            body = .returned(
                .init(
                    job: job.id, publication: job.publication, by: name, reason: returned.reason,
                    parameters: job.parameters))
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
        try spool?.keep(result)
        await instrument.kept(job.id)
        logger.debug("kept \(result.id)")
        return result
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
    /// it has come, at most every ten seconds. A loss of these messages costs nothing but the news.
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
    /// Whether a worker gave its job back.
    fileprivate var isReturn: Bool { if case .returned = self { true } else { false } }

    /// The measured values, as a log shows them.
    fileprivate var valuesInWords: String {
        guard case .measured(let measurement) = self else { return "" }
        return measurement.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
