import Campaigns
import Foundation
import Planners
import Surrogates

/// PlannerInput such as a campaign of Hartmann's function in six dimensions has: half of it from everywhere, half from near the minimum.
struct Laboratory: Sendable {
    let campaign: Campaign
    let input: PlannerInput
    let pending: Matrix
    let candidates: Matrix
    private let x: Matrix
    private let y: [Double]

    init(observations count: Int) {
        let dimensions = 6
        let parameters = (0..<dimensions).map {
            Parameter(name: "x\($0)", domain: .continuous(low: 0, high: 1, scale: .linear))
        }
        guard let name = try? CampaignName("bench") else { fatalError("no name") }
        campaign = Campaign(
            name: name, space: ParameterSpace(parameters), objectives: [Objective(name: "f", goal: .minimize)],
            planner: PlannerSettings(seed: 1))
        var random = RandomNumbers(seed: 42)
        let minimum = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
        let rows = (0..<count).map { index in
            minimum.map { center in
                index % 2 == 0 ? random.unit() : min(1, max(0, center + 0.15 * random.normal()))
            }
        }
        func point(_ row: [Double]) -> Point {
            Point(uniqueKeysWithValues: row.enumerated().map { ("x\($0.offset)", .number($0.element)) })
        }
        let values = rows.map(Self.hartmann)
        let open = (0..<3).map { _ in (0..<dimensions).map { _ in random.unit() } }
        input = PlannerInput(
            observations: zip(rows, values).map { Observation(parameters: point($0), values: ["f": $1]) },
            pending: open.map(point))
        pending = Matrix(rows: open)
        candidates = Matrix(rows: (0..<100).map { _ in (0..<dimensions).map { _ in random.unit() } })
        x = Matrix(rows: rows)
        y = values
    }

    func planner() throws -> any Planner { try Planners.planner(for: campaign) }

    func process() -> GaussianProcess? {
        GaussianProcess(
            Covariance(
                metrics: [Covariance.Metric](repeating: .numeric, count: 6),
                lengthscales: [Double](repeating: 0.7, count: 6), variance: 1,
                additiveLengthscales: [Double](repeating: 1, count: 6), additivity: 0.3), x: x,
            values: Matrix(rows: [y]), noise: [Double](repeating: 1e-4, count: y.count))
    }

    private static func hartmann(_ x: [Double]) -> Double {
        let alpha = [1, 1.2, 3, 3.2]
        let a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
        let p = [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ]
        return -zip(alpha, zip(a, p)).reduce(0) { sum, term in
            let (weight, (scales, centers)) = term
            let exponent = zip(x, zip(scales, centers)).reduce(0) { $0 + $1.1.0 * ($1.0 - $1.1.1) * ($1.0 - $1.1.1) }
            return sum + weight * exp(-exponent)
        }
    }
}
