import Foundation

/// A belief of where optima lie, added to the logarithm of the acquisition: seldom at the edge of every range.
///
/// A Gaussian process is least sure at edges and corners, where it has neighbours on one side only, so expected improvement spends
/// its first measurements there (Siivola et al. 2018, arXiv 1704.00963), the more the more parameters there are. The belief is a
/// prior over the optimum's place that fades with the number of observations (Hvarfner et al. 2022, arXiv 2204.11051). One
/// continuous parameter has ends and no corners, and needs none.
struct InteriorBelief {
    /// Observations at which half of its weight is left.
    private static let half = 10.0
    /// Keeps the logarithm finite at an edge itself, as a part of the range.
    private static let margin = 0.02
    private let weight: Double

    /// The belief of a weight before any observation, among so many continuous parameters, after some observations.
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

/// A box round the best point, as a place to search.
struct TrustRegion {
    /// The chance that a Sobol point moves a finite parameter away from the centre's value.
    private static let chance = 0.3
    /// Coordinates of the best observation.
    let center: [Double]
    /// In parts of the range.
    let halfWidth: Double

    /// The range of a continuous parameter's coordinate.
    func bounds(_ index: Int) -> (low: Double, high: Double) {
        (max(0, center[index] - halfWidth), min(1, center[index] + halfWidth))
    }

    /// The coordinates at a place in the unit cube.
    func coordinates(unit: [Double], _ map: FeatureMap) -> [Double] {
        zip(unit.indices, map.cardinalities).map { index, cardinality in
            guard let cardinality else {
                let (low, high) = bounds(index)
                return low + (high - low) * unit[index]
            }
            guard unit[index] < Self.chance else { return center[index] }
            return Double(min(cardinality - 1, Int(unit[index] / Self.chance * Double(cardinality))))
        }
    }
}
