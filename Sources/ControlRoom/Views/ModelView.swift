import Campaigns
import Monitoring
import Planners

/// What a campaign's model believes, as the page and the HTTP interface tell it.
struct ModelView: Encodable, Sendable {
    struct Value: Encodable, Sendable {
        let at: ParameterValue
        let mean: Double
        let low: Double
        let high: Double
        let feasibility: Double?
    }

    struct Slice: Encodable, Sendable {
        let parameter: String
        let unit: String?
        let isNumeric: Bool
        let values: [Value]
    }

    struct Cell: Encodable, Sendable {
        let x: ParameterValue
        let y: ParameterValue
        let mean: Double
        let deviation: Double
        let feasibility: Double?
    }

    struct Place: Encodable, Sendable {
        let x: ParameterValue
        let y: ParameterValue
        let job: String
        /// measured or pending.
        let kind: String
    }

    struct Plane: Encodable, Sendable {
        let x: String
        let y: String
        let isNumericX: Bool
        let isNumericY: Bool
        let cells: [Cell]
        let places: [Place]
    }

    struct Importance: Encodable, Sendable {
        let parameter: String
        let alone: Double
        let total: Double
        let low: Double
        let high: Double
    }

    struct LeftOut: Encodable, Sendable {
        let job: String?
        let measured: Double
        let predicted: Double
        let low: Double
        let high: Double
    }

    let objective: String
    let unit: String?
    /// How many observations it knows.
    let observations: Int
    let center: Point
    let slices: [Slice]
    let plane: Plane?
    let importance: [Importance]
    let leftOut: [LeftOut]
    /// The parts of the values that lie within one, and within 1.96 standard deviations of what the others predict: 0.68 and 0.95 of a good model's.
    let within: [Double]

    private enum CodingKeys: String, CodingKey {
        case objective, unit, observations, center, slices, plane, importance, within
        case leftOut = "left_out"
    }

    /// The view of a campaign's model, with the plane of two parameters; nil where it has no model. Cost: a fit of the model, and some seconds at a
    /// thousand observations.
    init?(_ history: CampaignHistory, plane axes: (x: String, y: String)?) throws {
        let (campaign, state) = (history.campaign, history.state)
        let input = PlannerInput(measuredIn: state)
        var known = input
        known.failed = state.failedJobs.filter { !$0.isAccident }.map(\.job.parameters)
        guard let objective = campaign.objectives.first,
            let insight = try Planners.planner(for: campaign).insight(given: known)
        else { return nil }
        (self.objective, unit, observations, center) = (
            objective.name, objective.unit, input.observations.count, insight.center
        )
        slices = zip(insight.slices(), campaign.space.parameters).map { slice, parameter in
            Slice(
                parameter: slice.parameter, unit: parameter.unit, isNumeric: parameter.isNumeric,
                values: zip(slice.values, slice.beliefs).map {
                    Value(at: $0, mean: $1.mean, low: $1.low, high: $1.high, feasibility: $1.feasibility)
                })
        }
        plane = axes.flatMap { axes in
            insight.plane(axes.x, axes.y).map { Plane($0, axes, campaign, state) }
        }
        importance = insight.importance.map {
            Importance(
                parameter: $0.parameter, alone: $0.alone.mean, total: $0.total.mean, low: $0.total.low,
                high: $0.total.high)
        }.sorted { $0.total > $1.total }
        let left = insight.leftOut
        leftOut = left.map {
            LeftOut(
                job: input.observations[$0.observation].job?.rawValue, measured: $0.measured,
                predicted: $0.predicted.mean,
                low: $0.predicted.low, high: $0.predicted.high)
        }
        within = [1, 1.959964].map { reach in
            Double(left.count { abs($0.deviations) <= reach }) / Double(max(1, left.count))
        }
    }
}

extension ModelView.Plane {
    fileprivate init(
        _ plane: ModelInsight.Plane, _ axes: (x: String, y: String), _ campaign: Campaign, _ state: CampaignState
    ) {
        let numeric = { (name: String) in campaign.space.parameters.first { $0.name == name }?.isNumeric ?? false }
        (x, y, isNumericX, isNumericY) = (axes.x, axes.y, numeric(axes.x), numeric(axes.y))
        cells = zip(plane.y, plane.beliefs).flatMap { y, row in
            zip(plane.x, row).map { x, belief in
                ModelView.Cell(
                    x: x, y: y, mean: belief.mean, deviation: belief.standardDeviation, feasibility: belief.feasibility)
            }
        }
        func place(_ point: Point, _ job: JobID?, _ kind: String) -> ModelView.Place? {
            guard let x = point[axes.x], let y = point[axes.y] else { return nil }
            return ModelView.Place(x: x, y: y, job: job?.rawValue ?? "", kind: kind)
        }
        places =
            state.countedObservations.compactMap { place($0.parameters, $0.job, "measured") }
            + state.pendingJobs.compactMap { place($0.job.parameters, $0.job.id, "pending") }
    }
}
