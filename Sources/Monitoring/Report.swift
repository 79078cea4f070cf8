import Campaigns
import Planners

/// The outcome of a campaign, as shown by `burette report`. Computed from the events alone.
public struct Report: Codable, Hashable, Sendable {
    /// The campaign's name.
    public var campaign: CampaignName
    /// running, paused, stopping or finished.
    public var state: String
    /// Why it is paused or ended.
    public var reason: String?
    /// The planner's jobs that are measured.
    public var measured: Int
    /// Observations that a person requested or imported.
    public var given: Int
    /// Jobs that failed at a worker.
    public var failed: Int
    /// Those of them whose point was at fault, and those that failed by accident; the others may be either. Nil where there is none.
    public var infeasible: Int?
    public var accidents: Int?
    /// Further results of jobs that had one.
    public var duplicates: Int
    /// Jobs that the broker dead-lettered.
    public var dead: Int
    /// Messages that could not be read.
    public var unreadable: Int
    /// Published, neither withdrawn nor ended.
    public var pending: Int
    /// Pending jobs that a person is to decide on.
    public var held: Int
    /// Withdrawn jobs.
    public var withdrawn: Int
    /// Jobs that were begun a second time.
    public var redelivered: Int
    /// What the experiments have cost; nil where the campaign does not say what they do.
    public var spent: Double?
    /// How many workers sent results.
    public var workers: Int
    /// How many jobs each worker measured, by its name.
    public var measuredBy: [String: Int]
    /// The observation with the best predicted mean; without a model, the best measured one. With noise, the best measured value is
    /// the luckiest one.
    public var best: Best?
    /// The best measured observation.
    public var bestMeasured: Best?
    /// The observations that look wrong by orders of magnitude: the planner leaves them out. Nil where there is none.
    public var suspects: [Best]?
    /// The observations that people called wrong; nil where there is none.
    public var excluded: [Excluded]?
    /// The results that people corrected; nil where there is none.
    public var corrected: [Corrected]?
    /// How often the planner worked around each trouble.
    public var troubles: [String: Int]
    /// Measuring time over the time each worker was there between its first job and its last, without the barrier.
    public var utilization: Double?
    /// Seconds in which workers had nothing to measure, the barrier not counted.
    public var idleSeconds: Double
    /// Seconds in which workers waited because the campaign's `initial_design: {wait: true}` forbade planning.
    public var barrierSeconds: Double
    /// Seconds that the planner thought for each batch of recommendations.
    public var planSeconds: PlanSeconds?
    /// How the definition changed between runs, in order; nil where it did not.
    public var changes: [DefinitionHistory.Dated]?

    /// One observation.
    public struct Best: Codable, Hashable, Sendable {
        /// Its point.
        public var parameters: Point
        /// What was measured.
        public var values: [String: Double]
        /// Its job.
        public var job: JobID?
        /// What the planner predicts of the first objective there, from all measurements.
        public var predicted: Predicted?
    }

    /// An observation that a person called wrong.
    public struct Excluded: Codable, Hashable, Sendable {
        /// Its job.
        public var job: JobID?
        /// What was measured.
        public var values: [String: Double]
        /// Who called it wrong.
        public var by: String
        /// The reason, as text.
        public var reason: String
    }

    /// A result that a person corrected.
    public struct Corrected: Codable, Hashable, Sendable {
        /// Its job.
        public var job: JobID
        /// What its worker said.
        public var measured: [String: Double]
        /// What is right.
        public var values: [String: Double]
        /// Who corrected it.
        public var by: String
        /// The reason, as text.
        public var reason: String
    }

    /// A predicted value, in the objective's own unit.
    public struct Predicted: Codable, Hashable, Sendable {
        /// The mean.
        public var mean: Double
        /// The standard deviation.
        public var standardDeviation: Double

        private enum CodingKeys: String, CodingKey {
            case mean
            case standardDeviation = "deviation"
        }
    }

    /// Median and maximum.
    public struct PlanSeconds: Codable, Hashable, Sendable {
        /// The median, in seconds.
        public var median: Double
        /// The maximum, in seconds.
        public var max: Double
    }

    private enum CodingKeys: String, CodingKey {
        case campaign, state, reason, measured, given, failed, infeasible, accidents, duplicates, dead, unreadable,
            pending, held, withdrawn
        case redelivered, spent, workers, best, suspects, excluded, corrected, troubles, utilization, changes
        case measuredBy = "measured_by"
        case bestMeasured = "best_measured"
        case idleSeconds = "idle_seconds"
        case barrierSeconds = "barrier_seconds"
        case planSeconds = "plan_seconds"
    }

    /// The report of `campaign` whose events fold into `fold`. Cost: one fit of the planner's model.
    public init(of campaign: Campaign, _ fold: CampaignState) {
        self.campaign = campaign.name
        (state, reason) = (fold.phase.word, fold.phase.reason)
        measured = fold.measured
        given = fold.tally.given
        failed = fold.failed
        let ofKind = FailureKind.allCases.map { kind in (kind, fold.failed(kind)) }.filter { $0.1 > 0 }
        let counts = Dictionary(uniqueKeysWithValues: ofKind)
        (infeasible, accidents) = (counts[.infeasible], counts[.accident])
        duplicates = fold.tally.duplicates
        dead = fold.dead
        unreadable = fold.tally.unreadable
        pending = fold.pending.count
        held = fold.held.count
        withdrawn = fold.withdrawn
        redelivered = fold.tally.redelivered
        spent = fold.spent(campaign)
        bestMeasured = fold.best(for: campaign.objectives).map(Best.init)
        best = bestMeasured
        let input = PlannerInput(measuredIn: fold)
        let planner = try? Planners.planner(for: campaign)
        if let prediction = planner?.best(given: input) {
            best = Best(input.observations[prediction.observation])
            if prediction.mean.isFinite, prediction.standardDeviation.isFinite {
                best?.predicted = Predicted(mean: prediction.mean, standardDeviation: prediction.standardDeviation)
            }
        }
        let suspect = planner?.suspects(given: input).map { Best(input.observations[$0]) } ?? []
        suspects = suspect.isEmpty ? nil : suspect
        let wrong = fold.excludedObservations.compactMap { observation in
            fold.verdict(on: observation).map {
                Excluded(job: observation.job, values: observation.values, by: $0.by, reason: $0.reason)
            }
        }
        excluded = wrong.isEmpty ? nil : wrong
        let mistyped = fold.observations.compactMap { observation -> Corrected? in
            guard let job = observation.job, let correction = fold.correction(of: job),
                let measurement = fold.jobs[job]?.measurement
            else { return nil }
            return Corrected(
                job: job, measured: measurement.values, values: correction.values, by: correction.by,
                reason: correction.reason)
        }
        corrected = mistyped.isEmpty ? nil : mistyped
        troubles = [:]
        for trouble in fold.jobs.values.flatMap({ $0.job.explanation?.troubles ?? [] }) {
            troubles[trouble.rawValue, default: 0] += 1
        }
        let use = Utilization(fold, barrier: campaign.planner.initialDesign.wait)
        workers = use.workers
        measuredBy = use.measured
        utilization = use.ratio
        idleSeconds = use.idle
        barrierSeconds = use.barrier
        let seconds = fold.jobs.values.compactMap(\.job.planSeconds).sorted()
        changes = fold.definitions.flatMap { $0.changes.isEmpty ? nil : $0.changes }
        planSeconds = seconds.last.map { PlanSeconds(median: seconds[seconds.count / 2], max: $0) }
    }
}

extension Report.Best {
    init(_ observation: Observation) {
        self.init(parameters: observation.parameters, values: observation.values, job: observation.job)
    }
}

/// Utilization of the workers, by their own time stamps.
package struct Utilization {
    /// The largest time of a stamp that means anything, in seconds: some 30,000 years.
    private static let longest = 1e12

    var workers = 0
    /// How many jobs each measured.
    var measured: [String: Int] = [:]
    var measuring = 0.0
    var idle = 0.0
    var barrier = 0.0

    /// Measuring time over measuring and idle time; nil before the first result.
    package var ratio: Double? { measuring > 0 ? measuring / (measuring + idle) : nil }

    /// With `barrier`, a worker's wait before the last initial result is the campaign's own wish, and counted apart.
    package init(_ fold: CampaignState, barrier wait: Bool) {
        var spans: [String: [(began: Double, ended: Double)]] = [:]
        var barrierEnd = -Double.infinity
        for record in fold.jobs.values {
            // What was brought in from elsewhere kept no worker busy.
            guard record.job.publication > 0, let span = record.status.span else { continue }
            // Clocks may say anything; what cannot be added up is left out.
            guard abs(span.began) < Self.longest, abs(span.ended) < Self.longest else { continue }
            spans[span.worker, default: []].append((span.began, span.ended))
            if case .measured = record.status { measured[span.worker, default: 0] += 1 }
            if wait, record.job.origin == .initial { barrierEnd = max(barrierEnd, span.ended) }
        }
        workers = spans.count
        for spans in spans.values.map({ Self.united($0.sorted { $0.began < $1.began }) }) {
            measuring += spans.reduce(0) { $0 + $1.ended - $1.began }
            for (one, next) in zip(spans, spans.dropFirst()) where next.began > one.ended {
                let waited = max(0, min(barrierEnd, next.began) - one.ended)
                barrier += waited
                idle += next.began - one.ended - waited
            }
        }
    }
}

extension Utilization {
    /// Spans in the order of their beginnings, those of the samples of one batch, which overlap, as one.
    private static func united(_ spans: [(began: Double, ended: Double)]) -> [(began: Double, ended: Double)] {
        spans.reduce(into: []) { united, span in
            if let last = united.last, span.began < last.ended {
                united[united.count - 1].ended = max(last.ended, span.ended)
            } else {
                united.append(span)
            }
        }
    }
}

extension JobStatus {
    /// Who worked on an ended job, and from when to when.
    fileprivate var span: (worker: String, began: Double, ended: Double)? {
        switch self {
        case .measured(let measurement): (measurement.worker, measurement.began, measurement.ended)
        // A person who gave a job up has measured nothing.
        case .failed(let failure) where failure.began > 0: (failure.worker, failure.began, failure.ended)
        case .ready, .started, .withdrawn, .dead, .failed, .held, .released: nil
        }
    }
}
