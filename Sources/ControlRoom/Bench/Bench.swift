import Brokers
import Campaigns
import Crypto
import Foundation
import Logging
import ServiceLifecycle
import ServiceRuntime
import WorkerService

/// People who measure by hand, through pages or over HTTP. Whoever takes a job claims it for a lease: the claim is in the campaign's record, so a server
/// that is started again knows it, and nobody else is given the job before the lease has ended.
///
/// An answer is on this machine's disk when it is confirmed. One that comes after the lease has ended is a late result, which counts as any worker's
/// does.
public actor Bench {
    /// What somebody has claimed; of a batch, the sample that is next.
    struct Held: Hashable, Sendable {
        let job: Job
        /// Since when and until when, in seconds since 1970.
        let since: Double
        let until: Double
    }

    /// Who, and of which campaign.
    struct Person: Hashable, Sendable {
        let name: String
        let campaign: CampaignName
    }

    /// How long a job stays with somebody who gives no sign of life.
    nonisolated let lease: Duration
    private let directory: String
    private let broker: @Sendable (CampaignName) -> (any Broker)?
    private let dependencies: Dependencies
    private let logger: Logger
    private var posts: [CampaignName: BenchPost] = [:]
    private var claims: [CampaignName: Claims] = [:]
    private var taking: [Person: Task<Void, any Error>] = [:]
    /// The last answer of each person: the same once more, from a second tab or a client that heard nothing, is no other one.
    private var answered: [Person: Job] = [:]

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

    /// What a person has claimed, in a campaign of the state `state`; nil for nothing. The person has given a sign of life: the lease is renewed once a
    /// quarter of it has passed.
    func held(by person: Person, in state: CampaignState) async throws -> Held? {
        guard serves(person.campaign) else { return nil }
        _ = try post(of: person.campaign)
        let now = dependencies.now()
        guard let held = claims[person.campaign]?.held(by: person.name, in: state, now: now) else { return nil }
        let length = lease / .seconds(1)
        guard held.until - now < 0.75 * length else { return held }
        let claim = Event.Claim(
            job: held.job.message, publication: held.job.publication, worker: person.name, until: now + length)
        claims[person.campaign]?.renew(held, until: claim.until)
        try await say(.claimed(claim), of: person)
        return Held(job: held.job, since: held.since, until: claim.until)
    }

    /// The job that the person has, or the next one from the broker; nil where none comes within `wait`. Throws ``Problem``,
    /// `WorkerIdentity.Taken` and what a broker throws.
    func take(_ person: Person, in state: CampaignState, wait: Duration) async throws -> Held? {
        guard let broker = broker(person.campaign) else { throw Problem.noBench(person.campaign) }
        if let held = try await held(by: person, in: state) { return held }
        let task = taking[person] ?? Task { try await claim(for: person, broker, wait) }
        taking[person] = task
        defer { if taking[person] == task { taking[person] = nil } }
        try await task.value
        return try await held(by: person, in: state)
    }

    /// Claims the next job for somebody, if one comes within `wait`.
    private func claim(for person: Person, _ broker: any Broker, _ wait: Duration) async throws {
        let identity = try WorkerIdentity(name: person.name, campaign: person.campaign, data: directory)
        let leaving = Mailbox<Void>()
        let claimant = Claimant(lease: lease, now: dependencies.now) { leaving.send(()) }
        let worker = worker(identity, claimant, person.campaign, broker)
        let sleep = dependencies.sleep
        let patience = Task {
            try await sleep(wait)
            leaving.send(())
        }
        let ending = Task {
            _ = await leaving.next()
            await worker.triggerGracefulShutdown()
        }
        defer {
            patience.cancel()
            ending.cancel()
        }
        try await worker.run()
        if let claim = await claimant.claim {
            claims[person.campaign]?.claim(claim.message, by: person.name, since: claim.since, until: claim.until)
        }
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

    /// A job of the campaign, or the one that the person has or had last, of which the record may not tell yet. Throws ``Problem`` where there is no
    /// such job.
    func job(_ id: JobID, of person: Person, in state: CampaignState) async throws -> Job {
        if let held = try await held(by: person, in: state), held.job.id == id { return held.job }
        if let last = answered[person], last.id == id { return last }
        guard let job = state.jobs[id]?.job else {
            throw Problem(.notFound, "unknown-job", "the campaign has no job \(id.rawValue.prefix(80))")
        }
        return job
    }

    /// Takes a result; it is on the disk when this returns. The same result once more is the same event. Throws `Desk.Problem` where the job does not
    /// take it.
    func answer(_ person: Person, _ job: Job, _ result: MeasurementResult, in state: CampaignState) async throws {
        if let refusal = job.refusal(of: result) { throw Desk.Problem.refused(refusal) }
        let held = try await held(by: person, in: state)
        let ended = dependencies.now()
        let measurement = Event.Measurement(
            job: job.id, worker: person.name, values: result.values,
            began: held?.job.id == job.id ? held.map { min($0.since, ended) } ?? ended : ended, ended: ended,
            parameters: job.parameters.merging(result.parameters) { $1 },
            attachments: result.attachments.isEmpty ? nil : result.attachments,
            limits: result.limits.isEmpty ? nil : result.limits, errors: result.errors.isEmpty ? nil : result.errors)
        try await say(.measured(measurement), of: person, as: try measurement.identityOfAnswer)
        claims[person.campaign]?.settle(job.id)
        answered[person] = job
    }

    /// Takes word that a job cannot be measured; that is on the disk when this returns. Throws `Desk.Problem.gone` where the person does not have it.
    func fail(
        _ person: Person, _ job: JobID, reason: String, kind: FailureKind?, in state: CampaignState
    ) async throws {
        let held = try await require(job, of: person, in: state)
        let failure = Event.Failure(
            job: job, worker: person.name, reason: reason, began: held.since,
            ended: max(held.since, dependencies.now()),
            parameters: held.job.parameters, kind: kind)
        try await say(.failed(failure), of: person)
        claims[person.campaign]?.settle(job)
    }

    /// Gives a job back for somebody else, a batch with all samples that have no result; that is on the disk when this returns. Throws
    /// `Desk.Problem.gone` where the person does not have it.
    func giveBack(_ person: Person, _ job: JobID, reason: String, in state: CampaignState) async throws {
        let held = try await require(job, of: person, in: state)
        let (message, publication) = (held.job.message, held.job.publication)
        try await say(
            .returned(.init(job: message, publication: publication, by: person.name, reason: reason)), of: person)
        for experiment in state.experiments(of: message) + [job] {
            claims[person.campaign]?.settle(experiment, publication: publication)
        }
    }

    private func require(_ job: JobID, of person: Person, in state: CampaignState) async throws -> Held {
        guard let held = try await held(by: person, in: state), held.job.id == job else {
            throw Desk.Problem.gone(job)
        }
        return held
    }

    private func say(_ body: Event.Body, of person: Person, as id: EventID? = nil) async throws {
        let event = Event(
            id: id ?? dependencies.identity(), campaign: person.campaign, time: dependencies.now(), body: body)
        try await post(of: person.campaign).keep(event)
    }

    /// The post of a campaign, and what its people have claimed. Throws ``Problem`` where jobs of the campaign cannot be taken, and `FileError`.
    private func post(of campaign: CampaignName) throws -> BenchPost {
        if let post = posts[campaign] { return post }
        guard let broker = broker(campaign) else { throw Problem.noBench(campaign) }
        let post = try BenchPost(
            campaign, directory: "\(spool(campaign))/answers", broker: broker, logger: logger)
        posts[campaign] = post
        claims[campaign] = Claims(untold: post.left)
        return post
    }

    private func spool(_ campaign: CampaignName) -> String { "\(directory)/spool/\(campaign)" }

    /// Brings what is on the disk still to the broker: answers that found none, and those of a server that was killed. Whether nothing is left.
    func deliverLeftovers(of campaign: CampaignName) async -> Bool {
        guard serves(campaign) else { return true }
        do {
            let post = try post(of: campaign)
            await post.deliver()
            return await post.isEmpty
        } catch {
            logger.error("answers for \(campaign) cannot be read from this disk: \(error)")
            return true
        }
    }
}

extension Event.Measurement {
    /// The same for the same answer to a job, whenever it is given.
    fileprivate var identityOfAnswer: EventID {
        get throws {
            let answer = Event.Measurement(
                job: job, worker: worker, values: values, began: 0, ended: 0, parameters: parameters,
                attachments: attachments, limits: limits, errors: errors)
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return "bench-\(SHA256.hash(data: try encoder.encode(answer)).hexadecimal)"
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
