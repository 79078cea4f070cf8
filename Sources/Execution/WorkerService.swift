import Brokers
import Campaigns
import Logging
import ServiceLifecycle

/// Takes a campaign's jobs one at a time, measures each with an instrument, and publishes what became of it.
///
/// A result is kept until the broker has confirmed it, and only then the job is acknowledged: a worker that dies gives its
/// job back by dying. A link that is lost in the middle of a measurement does not stop the measurement. A graceful shutdown
/// finishes the measurement in hand, cancellation gives its job back.
public struct WorkerService: Service {
    private let campaign: CampaignName
    private let name: String
    private let broker: any Broker
    private let instrument: any Instrument
    private let spool: Spool?
    private let surroundings: Surroundings
    private let logger: Logger

    /// A worker of `campaign` that signs its results with `name`; without a spool its results die with the process.
    public init(
        campaign: CampaignName, name: String, broker: any Broker, instrument: any Instrument, spool: Spool? = nil,
        surroundings: Surroundings = .real, logger: Logger
    ) {
        self.campaign = campaign
        self.name = name
        self.broker = broker
        self.instrument = instrument
        self.spool = spool
        self.surroundings = surroundings
        self.logger = logger
    }

    /// Works until it is shut down. Throws what no further try would mend.
    public func run() async throws {
        var bench = WorkerBench(kept: try spool?.kept() ?? [])
        var perseverance = Perseverance(surroundings: surroundings, logger: logger)
        while !Task.isShuttingDownGracefully {
            do {
                let link = try await broker.openWorker(campaign, as: name)
                do {
                    try await deliver(&bench, over: link)
                    perseverance.succeeded()
                    try await work(&bench, over: link)
                } catch {
                    await link.close()
                    throw error
                }
                await link.close()
            } catch {
                try await perseverance.overcome(error)
            }
        }
    }

    /// Publishes the results that no broker has confirmed yet.
    private func deliver(_ bench: inout WorkerBench, over link: any WorkerLink) async throws {
        while let result = bench.kept.first {
            try await link.publish(result)
            confirmed(result, &bench)
        }
    }

    private func confirmed(_ result: Event, _ bench: inout WorkerBench) {
        bench.kept.removeAll { $0.id == result.id }
        if let job = result.body.job { bench.done.insert(job) }
        spool?.drop(result)
    }

    private func work(_ bench: inout WorkerBench, over link: any WorkerLink) async throws {
        for try await parcel in link.jobs.cancelOnGracefulShutdown() {
            let job: Job
            do {
                job = try Self.job(in: parcel, of: campaign)
            } catch {
                logger.error(
                    "a job cannot be read and goes to the dead queue: \(error)", metadata: ["message": "\(parcel.id)"])
                try await link.refuse(parcel)
                continue
            }
            // Measured and confirmed before the link was lost: nothing is left to do but to say so.
            if !bench.done.contains(job.id) {
                let body = try await outcome(of: job, in: parcel, over: link)
                let result = event(body)
                bench.kept.append(result)
                try spool?.keep(result)
                try await link.publish(result)
                confirmed(result, &bench)
            }
            try await link.acknowledge(parcel)
        }
        try Task.checkCancellation()
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

    /// Measures, and says what came of it; gives the job back when the task is cancelled.
    private func outcome(of job: Job, in parcel: Parcel, over link: any WorkerLink) async throws -> Event.Body {
        let began = surroundings.now()
        func failed(_ reason: String) -> Event.Body {
            .failed(.init(job: job.id, worker: name, reason: reason, began: began, ended: surroundings.now()))
        }
        if parcel.redelivered, job.redelivery == .fail {
            return failed("its worker was lost in the middle, and the campaign does not run a job again")
        }
        let announcement = Task { await announce(job, parcel, over: link) }
        defer { announcement.cancel() }
        do {
            let values = try await instrument.measure(job)
            let ended = surroundings.now()
            if let objection = job.objection(to: values) { return failed(objection) }
            return .measured(.init(job: job.id, worker: name, values: values, began: began, ended: ended))
        } catch is CancellationError {
            try? await link.giveBack(parcel)
            throw CancellationError()
        } catch {
            return failed("\(error)")
        }
    }

    /// Says that the measurement has begun, once it has lasted a moment: a result that comes at once says it all. A loss
    /// of this message costs nothing but the news.
    private func announce(_ job: Job, _ parcel: Parcel, over link: any WorkerLink) async {
        if !parcel.redelivered {
            try? await surroundings.sleep(.milliseconds(20))
        }
        guard !Task.isCancelled else { return }
        let start = event(.started(.init(job: job.id, worker: name, redelivered: parcel.redelivered)))
        try? await link.publish(start)
    }
}

/// What a worker has on its bench between two links.
private struct WorkerBench {
    /// Results that no broker has confirmed yet.
    var kept: [Event]
    /// Jobs whose results are confirmed: they are not measured again if they come again.
    var done: Set<JobID> = []
}

extension Job {
    /// Why `values` are no result of this job, in words; nil if they are one.
    public func objection(to values: [String: Double]) -> String? {
        for objective in objectives {
            guard let value = values[objective] else { return "the result lacks the objective \"\(objective)\"" }
            guard value.isFinite else { return "the result's \"\(objective)\" is \(value), not a finite number" }
        }
        if let foreign = values.keys.sorted().first(where: { !objectives.contains($0) }) {
            return
                "the result has \"\(foreign.prefix(80))\", which is no objective of the campaign (\(objectives.joined(separator: ", ")))"
        }
        return nil
    }
}
