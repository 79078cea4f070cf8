import Brokers
import Campaigns
import Foundation
import Logging
import ServiceLifecycle
import ServiceRuntime
import WorkerService

/// People who measure by hand, through pages or over HTTP. Whoever takes a job sits down at a desk: a worker of that name takes one job from the
/// broker, and leaves once it is answered, given back, or its lease has ended.
///
/// An answer is on this machine's disk when it is confirmed. One that comes after its desk is gone (the lease ended, the server was killed) is a late
/// result, which counts as any worker's does.
public actor Bench {
    /// What somebody has on the desk.
    struct Held: Sendable {
        let job: Job
        /// Since when, in seconds since 1970.
        let since: Double
    }

    /// Who, and of which campaign.
    struct Person: Hashable, Sendable {
        let name: String
        let campaign: CampaignName
    }

    private struct Seat {
        let desk: Desk
        let worker: ServiceGroup
        /// Ends once the desk is empty, and everything at the broker.
        let working: Task<Void, Never>
        var since: Double
    }

    /// How long a job stays with somebody who gives no sign of life.
    nonisolated let lease: Duration
    private let directory: String
    private let broker: @Sendable (CampaignName) -> (any Broker)?
    private let dependencies: Dependencies
    private let logger: Logger
    private var seats: [Person: Seat] = [:]
    /// The last answer of each person: the same once more, from a second tab or a client that heard nothing, is no other one.
    private var answered: [Person: (job: Job, result: MeasurementResult)] = [:]

    /// The bench of campaigns that `broker` knows the broker of. Answers wait in `directory` until the broker has them.
    public init(
        directory: String, lease: Duration = .seconds(1800), dependencies: Dependencies = .real, logger: Logger,
        broker: @escaping @Sendable (CampaignName) -> (any Broker)?
    ) {
        self.directory = directory
        self.lease = lease
        self.dependencies = dependencies
        self.logger = logger
        self.broker = broker
    }

    /// Whether jobs of a campaign can be taken here.
    nonisolated func serves(_ campaign: CampaignName) -> Bool { broker(campaign) != nil }

    /// What a person has on the desk; nil where it is empty. The person has given a sign of life: the lease begins anew.
    func held(by person: Person) async -> Held? {
        guard let seat = seats[person], let assignment = await seat.desk.assignment else { return nil }
        try? await seat.desk.renew(assignment)
        return Held(job: assignment.job, since: seat.since)
    }

    /// The job on the person's desk, or the next one from the broker; nil where none comes within `wait`. Throws ``Problem``,
    /// `WorkerIdentity.Taken` and what a broker throws.
    func take(_ person: Person, wait: Duration) async throws -> Held? {
        if let held = await held(by: person) { return held }
        do {
            return try await next(for: person, at: try seats[person] ?? sitDown(person), wait)
        } catch Desk.Problem.closed {
            // Somebody who was just leaving sits down anew.
            await seats[person]?.working.value
            return try await next(for: person, at: try seats[person] ?? sitDown(person), wait)
        }
    }

    private func next(for person: Person, at seat: Seat, _ wait: Duration) async throws -> Held? {
        let (desk, sleep) = (seat.desk, dependencies.sleep)
        let assignment = try await withThrowingTaskGroup(of: Desk.Assignment?.self) { group in
            group.addTask { try await desk.nextAssignment() }
            group.addTask {
                try await sleep(wait)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        // This job, and no other one: the next is taken when the person asks for it.
        if assignment == nil { await desk.close() }
        await seat.worker.triggerGracefulShutdown()
        guard let assignment else { return nil }
        let now = dependencies.now()
        seats[person]?.since = now
        return Held(job: assignment.job, since: now)
    }

    private func sitDown(_ person: Person) throws -> Seat {
        guard let broker = broker(person.campaign) else { throw Problem.noBench(person.campaign) }
        let desk = Desk(lease: lease, dependencies: dependencies)
        let identity = try WorkerIdentity(name: person.name, campaign: person.campaign, data: directory)
        let worker = worker(identity, desk, person.campaign, broker)
        let logger = logger
        let working = Task {
            do { try await worker.run() } catch { logger.error("the desk of \(person.name): \(error)") }
            await desk.close()
            withExtendedLifetime(identity) {}
            self.leave(person)
        }
        let seat = Seat(desk: desk, worker: worker, working: working, since: dependencies.now())
        seats[person] = seat
        return seat
    }

    private func worker(
        _ identity: WorkerIdentity, _ instrument: any Instrument, _ campaign: CampaignName, _ broker: any Broker
    ) -> ServiceGroup {
        let service = WorkerService(
            campaign: campaign, name: identity.name, broker: broker, instrument: instrument, outbox: identity.outbox,
            dependencies: dependencies, logger: logger)
        var quiet = logger
        quiet.logLevel = .critical
        return ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet
            ))
    }

    private func leave(_ person: Person) { seats[person] = nil }

    /// Whether the person has that job on the desk.
    private func assignment(_ job: JobID, of person: Person) async -> (Desk, Desk.Assignment)? {
        guard let seat = seats[person], let assignment = await seat.desk.assignment, assignment.job.id == job else {
            return nil
        }
        return (seat.desk, assignment)
    }

    /// A job of the campaign, or the one that the person has or had last, of which the record may not tell yet. Throws ``Problem`` where there is no such job.
    func job(_ id: JobID, of person: Person, in state: CampaignState) async throws -> Job {
        if let held = await held(by: person), held.job.id == id { return held.job }
        if let last = answered[person], last.job.id == id { return last.job }
        guard let job = state.jobs[id]?.job else {
            throw Problem(.notFound, "unknown-job", "the campaign has no job \(id.rawValue.prefix(80))")
        }
        return job
    }

    /// Takes a result; it is on the disk, or at the broker, when this returns. Throws `Desk.Problem` where the job does not take it; then the job
    /// is still there.
    func answer(_ person: Person, _ job: Job, _ result: MeasurementResult) async throws {
        if let refusal = job.refusal(of: result) { throw Desk.Problem.refused(refusal) }
        if let last = answered[person], last.job.id == job.id, last.result == result { return }
        if let (desk, assignment) = await assignment(job.id, of: person) {
            do {
                try await desk.answer(assignment, result)
                answered[person] = (job, result)
                return
            } catch Desk.Problem.gone {
                // It is late then.
            }
        }
        let now = dependencies.now()
        try deliver(
            .measured(
                .init(
                    job: job.id, worker: person.name, values: result.values, began: now, ended: now,
                    parameters: result.parameters.isEmpty ? nil : result.parameters,
                    attachments: result.attachments.isEmpty ? nil : result.attachments,
                    limits: result.limits.isEmpty ? nil : result.limits,
                    errors: result.errors.isEmpty ? nil : result.errors)), person.campaign)
        answered[person] = (job, result)
    }

    /// Takes word that a job cannot be measured. Throws `Desk.Problem.gone` where it is not on the desk.
    func fail(_ person: Person, _ job: JobID, reason: String, kind: FailureKind?) async throws {
        guard let (desk, assignment) = await assignment(job, of: person) else { throw Desk.Problem.gone(job) }
        try await desk.fail(assignment, reason: reason, kind: kind)
    }

    /// Gives a job back for somebody else. Throws `Desk.Problem.gone` where it is not on the desk.
    func giveBack(_ person: Person, _ job: JobID, reason: String) async throws {
        guard let (desk, assignment) = await assignment(job, of: person) else { throw Desk.Problem.gone(job) }
        try await desk.giveBack(assignment, reason: reason)
    }

    /// Keeps a late result on the disk, and brings it to the broker: now, or as soon as there is one again.
    private func deliver(_ body: Event.Body, _ campaign: CampaignName) throws {
        let event = Event(id: dependencies.identity(), campaign: campaign, time: dependencies.now(), body: body)
        try DirectoryOutbox(directory: "\(spool(campaign))/late-results").keep(event)
        deliverLeftovers(of: campaign)
    }

    private func spool(_ campaign: CampaignName) -> String { "\(directory)/spool/\(campaign)" }

    /// Brings answers to the broker that are on the disk still: late ones, and those of a server that was killed.
    func deliverLeftovers(of campaign: CampaignName) {
        guard let broker = broker(campaign) else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: spool(campaign))) ?? []
        for name in names.sorted() {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(spool(campaign))/\(name)")) ?? []
            guard files.contains(where: { $0.hasSuffix(".json") }),
                let identity = try? WorkerIdentity(name: name, campaign: campaign, data: directory)
            else { continue }
            // It takes no job: it is asked to stop before it begins.
            let desk = Desk()
            let worker = worker(identity, desk, campaign, broker)
            let logger = logger
            Task {
                await desk.close()
                await worker.triggerGracefulShutdown()
                do { try await worker.run() } catch {
                    logger.error("answers of \(name) are kept, and not delivered yet: \(error)")
                }
                withExtendedLifetime(identity) {}
            }
        }
    }
}

extension Problem {
    /// Jobs of a campaign cannot be taken here.
    static func noBench(_ campaign: CampaignName) -> Problem {
        Problem(
            .conflict, "no-bench",
            "jobs of \(campaign) cannot be taken here: start burette run FILE --serve, or burette serve \(campaign) --broker URL"
        )
    }
}
