/// A box round the incumbent, to search in.
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
