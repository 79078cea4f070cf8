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
        let campaign = try CampaignName(campaign)
        let endpoint = try Endpoint(uri: broker)
        identity = try WorkerIdentity(name: name, campaign: campaign, data: data)
        self.logger = logger
        service = WorkerService(
            campaign: campaign, name: identity.name, broker: RabbitMQBroker(endpoint: endpoint),
            instrument: ClosureInstrument(measure: measure), only: only.isEmpty ? nil : try Capability(texts: only),
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

private struct ClosureInstrument: Instrument {
    let measure: @Sendable (Parameters) async throws -> MeasurementResult

    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        try await measure(Parameters(job, report: report))
    }
}
