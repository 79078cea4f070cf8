import AMQP
import Brokers
import Campaigns
import Logging
import ServiceLifecycle
import ServiceRuntime
import WorkerService

/// A worker of a campaign whose instrument is a closure: takes jobs one at a time, measures each, and keeps every promise of
/// docs/guarantees.md. See <doc:BuretteWorker> for a whole one.
public struct Worker: Sendable {
    private let identity: WorkerIdentity
    private let service: WorkerService
    private let logger: Logger

    /// A worker of `campaign` at `broker`, an address like `amqp://user:password@host`.
    ///
    /// - Parameters:
    ///   - name: What results are signed with; the first free name of this host and data folder by default.
    ///   - only: What it can do, where it cannot do everything: `["solvent=water,THF", "temperature=20...80"]`. It gets no other jobs.
    ///   - data: The folder that results lie in until the broker has confirmed them.
    ///   - logger: Where it says what happens.
    ///   - measure: Measures at a point, and returns a finite number for each objective: `["yield": 0.4]`. An error that it throws is a failed
    ///     measurement, with the error's description as the reason.
    /// - Throws: An error that says what is wrong with the name, the address or the folder.
    public init(
        campaign: String, broker: String, name: String? = nil, only: [String] = [], data: String = "./burette-data",
        logger: Logger = Logger(label: "burette"),
        measure: @escaping @Sendable (Parameters) async throws -> MeasurementResult
    ) throws {
        try self.init(
            campaign: campaign, broker: broker, name: name, only: only, data: data, logger: logger,
            instrument: ClosureInstrument(measure: measure))
    }

    /// The same for hardware that takes several samples at once, where the campaign has batches (docs/campaigns.md).
    ///
    /// - Parameter measureBatch: Measures a whole batch, and calls ``Batch/record(_:of:)`` or ``Batch/fail(_:_:)`` for each sample when it knows what came of
    ///   it. What it throws, and its end, is the failure of all samples of which nothing was said. A job that is no batch is a batch of one.
    public init(
        campaign: String, broker: String, name: String? = nil, only: [String] = [], data: String = "./burette-data",
        logger: Logger = Logger(label: "burette"), measureBatch: @escaping @Sendable (Batch) async throws -> Void
    ) throws {
        try self.init(
            campaign: campaign, broker: broker, name: name, only: only, data: data, logger: logger,
            instrument: BatchClosureInstrument(measure: measureBatch))
    }

    private init(
        campaign: String, broker: String, name: String?, only: [String], data: String, logger: Logger,
        instrument: any Instrument
    ) throws {
        let campaign = try CampaignName(campaign)
        let endpoint = try Endpoint(uri: broker)
        identity = try WorkerIdentity(name: name, campaign: campaign, data: data)
        self.logger = logger
        service = WorkerService(
            campaign: campaign, name: identity.name, broker: RabbitMQBroker(endpoint: endpoint),
            instrument: instrument, only: only.isEmpty ? nil : try Capability(texts: only),
            outbox: identity.outbox, logger: logger)
    }

    /// Works until the task is cancelled, or the process gets SIGTERM or SIGINT: then it finishes the measurement in hand. A second
    /// signal gives its job back, and ends the process within a second if something hangs. A
    /// lost connection is made anew. Throws `CancellationError` when the task is cancelled, and what no further try would mend.
    public func run() async throws {
        let logger = logger
        do {
            try await serve(
                [service], patient: "Finishing the running measurement; a second signal returns its job.",
                logger: logger
            ) { logger.notice("\($0)") }
        } catch is CancellationError where !Task.isCancelled {
            // Told so by a signal: that is an end like any other.
        }
    }
}

/// What a measurement brings: a dictionary of values by objective, or that with units and attachments.
public typealias MeasurementResult = Campaigns.MeasurementResult
/// A measurement that could not be made: throw it to say why, and whether the point is at fault.
public typealias MeasurementFailure = Campaigns.MeasurementFailure
/// Whether the point of a failed measurement is at fault.
public typealias FailureKind = Campaigns.FailureKind
/// A reference to something too large for a message.
public typealias Attachment = Campaigns.Attachment

/// The point that is to be measured.
public struct Parameters: Sendable {
    /// The values by name.
    public let values: [String: ParameterValue]
    /// The job that asks for it.
    public let job: String
    /// The names of the values that the result must have.
    public let objectives: [String]
    private let report: @Sendable (MeasurementStep) -> Void

    init(_ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void) {
        (values, self.job, objectives) = (job.parameters, job.id.rawValue, job.objectives)
        self.report = report
    }

    /// The number that a continuous or discrete parameter has. Throws ``MeasurementFailure`` if there is none.
    public func number(_ name: String) throws -> Double {
        guard let number = values[name]?.number else { throw MeasurementFailure("the job has no number \(name)") }
        return number
    }

    /// The option that a categorical parameter has. Throws ``MeasurementFailure`` if there is none.
    public func option(_ name: String) throws -> String {
        guard case .option(let option)? = values[name] else {
            throw MeasurementFailure("the job has no option \(name)")
        }
        return option
    }

    /// Says how far the measurement has come, for `burette status`.
    public func progress(_ fraction: Double?, _ note: String? = nil, values: [String: Double]? = nil) {
        report(MeasurementStep(fraction: fraction, note: note, partial: values))
    }
}

/// Samples that are to be measured at once.
public struct Batch: Sendable {
    /// The job that asks for all of them.
    public let job: String
    /// What they have in common.
    public let shared: [String: ParameterValue]
    /// The samples, each with its whole point.
    public let samples: [Parameters]
    private let outcome: @Sendable (JobID, Result<Campaigns.MeasurementResult, any Error>) -> Void

    init(
        _ batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<Campaigns.MeasurementResult, any Error>) -> Void
    ) {
        (job, shared) = (batch.id.rawValue, batch.parameters)
        samples = batch.experiments.map { Parameters($0, report: report) }
        self.outcome = outcome
    }

    /// What was measured of a sample; it is published at once. Of a sample that had a result nothing more is taken.
    public func record(_ result: MeasurementResult, of sample: Parameters) {
        outcome(JobID(sample.job), .success(result))
    }

    /// A sample could not be measured.
    public func fail(_ sample: Parameters, _ failure: MeasurementFailure) {
        outcome(JobID(sample.job), .failure(failure))
    }
}

private struct BatchClosureInstrument: Instrument {
    let measure: @Sendable (Batch) async throws -> Void

    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        try await measureAsBatch(job, report: report)
    }

    func measure(
        batch: Job, report: @escaping @Sendable (MeasurementStep) -> Void,
        outcome: @escaping @Sendable (JobID, Result<MeasurementResult, any Error>) -> Void
    ) async throws {
        try await measure(Batch(batch, report: report, outcome: outcome))
    }
}

private struct ClosureInstrument: Instrument {
    let measure: @Sendable (Parameters) async throws -> MeasurementResult

    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        try await measure(Parameters(job, report: report))
    }
}
