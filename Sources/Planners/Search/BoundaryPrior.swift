import Foundation
import Surrogates

/// A prior of where optima lie, added to the logarithm of the acquisition: seldom at the edge of every range.
///
/// A Gaussian process is least sure at edges and corners, where it has neighbours on one side only, so expected improvement spends
/// its first measurements there (Siivola et al. 2018, arXiv 1704.00963), the more the more parameters there are. It is a
/// prior over the optimum's place that fades with the number of observations (Hvarfner et al. 2022, arXiv 2204.11051). One
/// continuous parameter has ends and no corners, and needs none.
struct BoundaryPrior {
    /// Observations at which half of its weight is left.
    private static let half = 10.0
    /// Keeps the logarithm finite at an edge itself, as a part of the range.
    private static let margin = 0.02
    private let weight: Double
    /// How much of it holds at the low and the high end of each coordinate, from 0 to 1; empty is all of it.
    private let ends: [(low: Double, high: Double)]

    /// The prior of a weight before any observation, among so many continuous parameters, after some observations; less of it where something is known
    /// of the `ends`.
    init(_ weight: Double, parameters: Int, observations: Int, ends: [(low: Double, high: Double)] = []) {
        self.weight = parameters > 1 ? weight * Self.half / (Self.half + Double(observations)) : 0
        self.ends = ends
    }

    /// Its logarithm at some coordinates: about 0 in the middle, negative at edges.
    func value(_ coordinates: [Double], _ map: FeatureMap) -> Double {
        guard weight > 0 else { return 0 }
        return weight
            * map.continuous.reduce(0) { sum, index in
                let unit = coordinates[index]
                // Not as two logarithms where both ends count whole: jobs of earlier versions are replayed to the last digit.
                guard !ends.isEmpty else { return sum + log(4 * (unit + Self.margin) * (1 - unit + Self.margin)) }
                let (low, high) = ends[index]
                return sum + low * log(2 * (unit + Self.margin)) + high * log(2 * (1 - unit + Self.margin))
            }
    }

    /// The derivative by one continuous coordinate.
    func slope(_ unit: Double, _ index: Int) -> Double {
        let (low, high) = ends.isEmpty ? (1, 1) : ends[index]
        return weight * (low / (unit + Self.margin) - high / (1 - unit + Self.margin))
    }
}

extension BoundaryPrior {
    /// How far from an end the objective is compared with the end, as a part of the range.
    private static let inside = 0.25

    /// How much of the prior holds at the ends of each coordinate, by what is known: all of it, unless the objective is predicted to be better at an end
    /// than further inside, with the other coordinates of the best observation. Cost: n^2 for each process and end.
    static func ends(_ processes: [GaussianProcess], at best: [Double], _ map: FeatureMap) -> [(
        low: Double, high: Double
    )] {
        func prediction(_ index: Int, _ value: Double) -> (mean: Double, variance: Double) {
            var coordinates = best
            coordinates[index] = value
            let found = Prediction.mixture(processes, at: map.features(at: coordinates))
            return (found.mean, found.standardDeviation * found.standardDeviation)
        }
        func share(_ index: Int, end: Double, inside: Double) -> Double {
            let (there, here) = (prediction(index, end), prediction(index, inside))
            let gain = (here.mean - there.mean) / (here.variance + there.variance + 1e-300).squareRoot()
            return min(1, erfc(gain / 2.0.squareRoot()))
        }
        return best.indices.map { index in
            guard map.continuous.contains(index) else { return (1, 1) }
            return (share(index, end: 0, inside: inside), share(index, end: 1, inside: 1 - inside))
        }
    }
}
