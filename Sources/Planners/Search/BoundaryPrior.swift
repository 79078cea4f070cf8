import Foundation

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

    /// The prior of a weight before any observation, among so many continuous parameters, after some observations.
    init(_ weight: Double, parameters: Int, observations: Int) {
        self.weight = parameters > 1 ? weight * Self.half / (Self.half + Double(observations)) : 0
    }

    /// Its logarithm at some coordinates: about 0 in the middle, negative at edges.
    func value(_ coordinates: [Double], _ map: FeatureMap) -> Double {
        guard weight > 0 else { return 0 }
        return weight
            * map.continuous.reduce(0) { sum, index in
                let unit = coordinates[index]
                return sum + log(4 * (unit + Self.margin) * (1 - unit + Self.margin))
            }
    }

    /// The derivative by one continuous coordinate.
    func slope(_ unit: Double) -> Double { weight * (1 / (unit + Self.margin) - 1 / (1 - unit + Self.margin)) }
}
