import Campaigns
import Surrogates

/// Values that look wrong by orders of magnitude: a bubble in the cell, a detector's 9.91e37.
///
/// A model of all values would be spoilt by one of them. So at most a tenth of the values, separated from all others by a wide gap, are judged by
/// a model of the others; what that calls impossible is left out of the model, unless a measurement next to it was as far off. (Relevance
/// pursuit, Ament et al. 2024, arXiv 2410.24222, gives each such value a noise of its own instead, and finds smaller errors too; but it takes
/// a narrow peak for an error, and for that difference a planner can measure once more.)
struct Suspects {
    /// Their positions in the data.
    let positions: Set<Int>
    /// Those of them that would be the best: to be measured again, the best first.
    let promising: [Int]

    /// So much farther from the median than all others a value must lie: on the better side, where it would mislead, and on the worse.
    private static let gaps = (better: 10.0, worse: 100.0)
    /// So many standard deviations of the others' prediction it must be off, in the model's scale.
    private static let impossible = 8.0
    /// The fewest values that tell what is usual.
    private static let least = 6

    static let none = Suspects(positions: [], promising: [])

    private init(positions: Set<Int>, promising: [Int]) { (self.positions, self.promising) = (positions, promising) }

    /// The suspects among `data`, judged by the models that `model` makes of others. Cost: n log n; with a gap, that of one model.
    init(_ data: TrainingData, model: (TrainingData) -> Model?) {
        let (distant, median) = Self.distant(data)
        let others = data.without(Set(distant))
        guard !distant.isEmpty, !others.isFlat, let model = model(others),
            let process = model.process(model.mapEstimate)
        else {
            self = .none
            return
        }
        let noise = model.noiseToCome(model.mapEstimate)
        let posterior = process.posterior(Matrix(rows: distant.map { Array(data.x.row($0)) }))
        let impossible = distant.enumerated().filter { index, position in
            let deviation = (posterior.variances[index] + noise).squareRoot()
            let residual = Self.warped(data.values[position], model) - posterior.means[0, index]
            return !(residual.magnitude <= Self.impossible * deviation)
        }.map(\.element)
        let alone = impossible.filter { position in
            // A measurement next to it that was as far off confirms it.
            guard let nearest = Self.nearest(to: position, in: data) else { return true }
            let isOnSameSide = (data.values[position] < median) == (data.values[nearest] < median)
            return !(distant.contains(nearest) && isOnSameSide)
        }
        positions = Set(alone)
        let best = others.values.min() ?? 0
        promising = alone.filter { data.values[$0] < best }.sorted { data.values[$0] < data.values[$1] }
    }

    /// A value in the scale of a model that does not know it. A logarithm ends at the least known value; below that it goes on as steep as there.
    private static func warped(_ value: Double, _ model: Model) -> Double {
        let least = model.data.values.min() ?? value
        guard value < least else { return model.transform.forward(value) }
        return model.transform.forward(least) + model.transform.slope(least) * (value - least)
    }

    /// At most a tenth of the values, but one at least, that lie much farther from the median than all others; and the median.
    private static func distant(_ data: TrainingData) -> (positions: [Int], median: Double) {
        let measured = data.values.indices.filter { data.sides[$0] == nil }
        guard measured.count >= least else { return ([], 0) }
        let median = measured.map { data.values[$0] }.sorted()[measured.count / 2]
        let distances = measured.map { (position: $0, distance: (data.values[$0] - median).magnitude) }
            .sorted { ($1.distance, $0.position) < ($0.distance, $1.position) }
        let most = max(1, measured.count / 10)
        func gap(_ position: Int) -> Double { data.values[position] < median ? gaps.better : gaps.worse }
        let count = (1...most).last { count in
            distances[..<count].allSatisfy { gap($0.position) * distances[count].distance < $0.distance }
        }
        return (distances.prefix(count ?? 0).map(\.position).filter { !data.trusted[$0] }.sorted(), median)
    }

    /// The measurement nearest to one in the features.
    private static func nearest(to position: Int, in data: TrainingData) -> Int? {
        let distances = data.squaredDistances(from: position)
        let others = data.values.indices.filter { $0 != position && data.sides[$0] == nil }
        return others.min { (distances[$0], $0) < (distances[$1], $1) }
    }
}
