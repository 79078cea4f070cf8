import Campaigns
import Planners

/// What the charts of a campaign show: the measurements (of more than ``most`` a part), what is best so far, and who did what when.
struct ProgressSeries: Encodable, Sendable {
    /// A measurement that came to an end.
    struct Measured: Encodable, Sendable {
        let number: Int
        let job: String?
        /// When it ended, in seconds since 1970; nil for what was brought in.
        let time: Double?
        let value: Double
        /// The best value so far.
        let best: Double?
        let worker: String
        let excluded: Bool
        /// Whether it looks wrong by orders of magnitude to the planner, which does not learn from it.
        let suspect: Bool
        let parameters: Point
    }

    /// A measurement that failed.
    struct Failed: Encodable, Sendable {
        /// How many had been measured by then.
        let number: Int
        let job: String
        let time: Double?
        let worker: String
        let reason: String
    }

    /// A stretch of a worker's or the planner's time.
    struct Span: Encodable, Sendable {
        let worker: String
        let job: String
        let began: Double
        /// Nil while it goes on.
        let ended: Double?
        /// measured, failed, measuring or planning.
        let kind: String
    }

    let objective: String
    let unit: String?
    let goal: String
    let parameters: [ObservationColumns.Column]
    let measured: [Measured]
    let failed: [Failed]
    let spans: [Span]

    /// The series of a campaign; nil before a planner opened it. Cost: linear in the jobs.
    init?(_ snapshot: CampaignSnapshot) {
        let state = snapshot.state
        guard let definition = state.definition, let first = definition.objectives.first else { return nil }
        (objective, unit, goal) = (first.name, first.unit, first.goal.rawValue)
        parameters = definition.space.parameters.map { .init(name: $0.name, unit: $0.unit, isNumeric: $0.isNumeric) }
        let suspects = Self.suspects(state, definition)
        var best: Double?
        let every = state.observations.enumerated().compactMap { index, observation -> Measured? in
            guard let value = observation.values[first.name], value.isFinite else { return nil }
            let isExcluded = state.isExcluded(observation)
            if !isExcluded, best.map({ first.prefers(value, to: $0) }) ?? true { best = value }
            let measurement = observation.job.flatMap { state.jobs[$0]?.measurement }
            return Measured(
                number: index + 1, job: observation.job?.rawValue, time: measurement?.ended, value: value, best: best,
                worker: measurement?.worker ?? "", excluded: isExcluded, suspect: suspects.contains(index),
                parameters: observation.parameters)
        }
        measured = Self.thinned(every)
        let (ends, all) = (every.compactMap(\.time).sorted(), every.count)
        failed = state.failedJobs.map { record in
            let failure = record.failure
            let time = failure.flatMap { $0.ended > 0 ? $0.ended : nil }
            return Failed(
                number: time.map { Self.count(in: ends, upTo: $0) } ?? all, job: record.job.id.rawValue,
                time: time,
                worker: failure?.worker ?? "", reason: failure?.reason ?? "delivered too often without a result")
        }
        spans = state.order.suffix(Self.most).compactMap { state.jobs[$0] }.flatMap(Self.spans)
    }

    /// Which observations look wrong by orders of magnitude. The model is asked only where the last plans have left some out. Cost then: a fit.
    private static func suspects(_ state: CampaignState, _ definition: Campaign) -> Set<Int> {
        let recent = state.order.suffix(20).compactMap { state.jobs[$0]?.job.explanation }
        guard recent.contains(where: { $0.troubles.contains(.suspectLeftOut) }),
            let planner = try? Planners.planner(for: definition)
        else { return [] }
        let input = PlannerInput(measuredIn: state)
        let jobs = Set(planner.suspects(given: input).compactMap { input.observations[$0].job })
        return Set(state.observations.indices.filter { state.observations[$0].job.map(jobs.contains) ?? false })
    }

    /// No chart has room for more points than this.
    private static let most = 4000

    /// Of very many measurements those at which the best value changed, the last ones, and a part of the others, evenly.
    private static func thinned(_ all: [Measured]) -> [Measured] {
        guard all.count > most else { return all }
        let step = all.count / (most / 2) + 1
        return all.enumerated().filter { index, one in
            index >= all.count - most / 2 || index.isMultiple(of: step) || index == 0
                || one.best != all[index - 1].best
        }.map(\.element)
    }

    /// How many of some sorted numbers are not above a limit.
    private static func count(in sorted: [Double], upTo limit: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= limit { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func spans(_ record: JobRecord) -> [Span] {
        let job = record.job.id.rawValue
        var spans: [Span] = []
        if let seconds = record.job.planSeconds, record.published > 0 {
            spans.append(
                Span(
                    worker: "planner", job: job, began: record.published - seconds, ended: record.published,
                    kind: "planning"))
        }
        switch record.status {
        case .measured(let one) where record.job.publication > 0:
            spans.append(Span(worker: one.worker, job: job, began: one.began, ended: one.ended, kind: "measured"))
        case .failed(let one) where one.began > 0:
            spans.append(Span(worker: one.worker, job: job, began: one.began, ended: one.ended, kind: "failed"))
        case .started(let worker, let since):
            spans.append(Span(worker: worker, job: job, began: since, ended: nil, kind: "measuring"))
        default: break
        }
        return spans
    }
}
