import Foundation
import Surrogates

/// Where there is more noise, and where less, by measurements of the same points: heteroscedastic noise.
///
/// The logarithms of the replicates' variances are smoothed over the space, each weighted by how near it is and by how well its degrees of freedom tell
/// it. That is learnt only where it predicts replicates that were left out much better than one variance for all; else the noise is the same
/// everywhere, as far as is known.
struct ReplicateNoise: Sendable {
    /// What several measurements of one point say.
    private struct Group {
        let place: [Double]
        let squares: Double
        let freedom: Double
        /// The logarithm of the variance, its bias taken away, and the reciprocal of its own variance.
        let logVariance: Double
        let precision: Double

        init(place: [Double], squares: Double, freedom: Double, floor: Double) {
            (self.place, self.squares, self.freedom) = (place, squares, freedom)
            let half = freedom / 2
            logVariance = log(max(squares / freedom, floor)) - (Self.digamma(half) - log(half))
            precision = 1 / Self.trigamma(half)
        }

        private static func digamma(_ x: Double) -> Double { (lgamma(x + 1e-5) - lgamma(x - 1e-5)) / 2e-5 }
        private static func trigamma(_ x: Double) -> Double { (digamma(x + 1e-3) - digamma(x - 1e-3)) / 2e-3 }
    }

    private let groups: [Group]

    /// The variances of places differ by a factor of e^2 or so, as far as is known beforehand: the precision of their mean.
    private static let beforehand = 0.25
    /// How far replicates tell of the noise: a standard deviation of their weights, as a part of each range.
    private static let reach = 0.15
    /// The fewest degrees of freedom, and points, that tell more than one number.
    private static let least = (freedom: 6.0, points: 4)
    /// So much more likely, in the logarithm, replicates that were left out must be.
    private static let evidence = 2.0
    /// No variance is taken for a smaller part of the mean one: equal values may be rounded ones.
    private static let floor = 1e-6

    /// The noise of `values` (n) at the features `x` (n x d), learnt from those that are `counted`; nil where they tell no difference between places.
    /// Cost: n log n + g^2 d, g the number of points that were measured more than once.
    init?(_ x: Matrix, _ values: [Double], isCounted: [Bool]) {
        let rows = values.indices.filter { isCounted[$0] }
        let places = Dictionary(grouping: rows) { Array(x.row($0)) }.values.filter { $0.count > 1 }
            .sorted { $0[0] < $1[0] }
        let squares = places.map { rows in
            let mean = rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
            return rows.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
        }
        let freedom = Double(places.reduce(0) { $0 + $1.count - 1 })
        let pooled = squares.reduce(0, +) / max(1, freedom)
        guard places.count >= Self.least.points, freedom >= Self.least.freedom, pooled > 0, pooled.isFinite else {
            return nil
        }
        groups = zip(places, squares).map { rows, squares in
            Group(
                place: Array(x.row(rows[0])), squares: squares, freedom: Double(rows.count - 1),
                floor: Self.floor * pooled)
        }
        let advantage = groups.indices.reduce(0.0) { sum, left in
            let others = groups.indices.filter { $0 != left }.map { groups[$0] }
            let common = others.reduce(0) { $0 + $1.squares } / others.reduce(0) { $0 + $1.freedom }
            return sum + Self.logDensity(groups[left], Self.variance(at: groups[left].place, by: others))
                - Self.logDensity(groups[left], max(common, Self.floor * pooled))
        }
        guard advantage > Self.evidence else { return nil }
    }

    /// The noise's standard deviation at some features.
    func deviation(at place: [Double]) -> Double { Self.variance(at: place, by: groups).squareRoot() }

    private static func variance(at place: [Double], by groups: [Group]) -> Double {
        let all = groups.reduce(0) { $0 + $1.precision }
        let mean = groups.reduce(0) { $0 + $1.precision * $1.logVariance } / all
        var (sum, precision) = (beforehand * mean, beforehand)
        for group in groups {
            let distance = zip(place, group.place).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let weight = group.precision * exp(-distance / (2 * Double(place.count) * reach * reach))
            sum += weight * group.logVariance
            precision += weight
        }
        return exp(sum / precision)
    }

    private static func logDensity(_ group: Group, _ variance: Double) -> Double {
        -0.5 * (group.freedom * log(variance) + group.squares / variance)
    }
}
