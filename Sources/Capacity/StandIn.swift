import Campaigns
import Instruments
import Planners
import ServiceRuntime
import Surrogates
import WorkerService

/// What stands in for the laboratory: a built-in surface, or the model that was learnt so far.
public struct StandIn: Sendable {
    /// In words.
    public let description: String
    let instrument: @Sendable (Dependencies) throws -> any Instrument

    /// A surface, as `settings` say.
    public static func surface(_ settings: InstrumentSettings, duration: Durations?) -> StandIn {
        StandIn(description: "the surface \(settings.surface ?? "")") { dependencies in
            var settings = settings
            if case .evenly(let range)? = duration { settings.duration = range }
            return try SurfaceInstrument(settings, dependencies: dependencies)
        }
    }

    /// What the planner's model of `state` predicts, as if that were true and without noise; nil where there is no model yet. Throws what planners
    /// throw. Cost: a fit of the model.
    public static func model(
        of state: CampaignState, _ campaign: Campaign, durations: Durations
    ) throws -> StandIn? {
        let input = PlannerInput(measuredIn: state)
        guard let objective = campaign.objectives.first, campaign.objectives.count == 1,
            let insight = try Planners.planner(for: campaign).insight(given: input)
        else { return nil }
        return StandIn(description: "the model of \(input.observations.count) measurements") { dependencies in
            ModelInstrument(
                insight: insight, objective: objective.name, durations: durations, dependencies: dependencies)
        }
    }
}

/// How long measurements last.
public enum Durations: Sendable {
    /// Drawn evenly, in seconds.
    case evenly(ClosedRange<Double>)
    /// As long as one of these did, in seconds.
    case asMeasured([Double])

    /// Those of a campaign's measurements; nil where none took any time.
    public init?(of state: CampaignState) {
        let seconds = state.observations.compactMap { observation -> Double? in
            guard let one = observation.job.flatMap({ state.jobs[$0]?.measurement }), one.ended > one.began else {
                return nil
            }
            return one.ended - one.began
        }
        guard !seconds.isEmpty else { return nil }
        self = .asMeasured(seconds)
    }

    func draw(_ random: inout RandomNumbers) -> Double {
        switch self {
        case .evenly(let range): range.lowerBound + (range.upperBound - range.lowerBound) * random.unit()
        case .asMeasured(let seconds): seconds[Int.random(in: seconds.indices, using: &random)]
        }
    }
}

/// Says what a model predicts, after a while.
private struct ModelInstrument: Instrument {
    let insight: ModelInsight
    let objective: String
    let durations: Durations
    let dependencies: Dependencies

    func measure(
        _ job: Job, report: @escaping @Sendable (MeasurementStep) -> Void
    ) async throws -> MeasurementResult {
        var random = RandomNumbers(seed: dependencies.random())
        try await dependencies.sleep(.seconds(durations.draw(&random)))
        guard let belief = insight.belief(at: job.parameters), belief.mean.isFinite else {
            throw MeasurementFailure("the model says nothing of this point")
        }
        if let likely = belief.feasibility, random.unit() > likely {
            throw MeasurementFailure("the model expects a failure there", kind: .infeasible)
        }
        return [objective: belief.mean]
    }
}
