import Campaigns

/// The places where an experiment was made or is under way. One that differs from all of them by less than a ten-thousandth of
/// every parameter's range would teach nothing, and be the same experiment to the instrument.
public struct DuplicateFilter: Sendable {
    private static let nearest = 1e-4
    private let map: FeatureMap
    private var places: Set<[Double]>
    private let isFinite: Bool

    /// The places of `points` in `space`.
    public init(_ points: [Point], in space: ParameterSpace) { self.init(points, map: FeatureMap(space)) }

    init(_ points: [Point], map: FeatureMap) {
        self.map = map
        places = []
        isFinite = map.continuous.isEmpty
        for point in points { insert(point) }
    }

    /// Adds an experiment. What lies outside the space is no place in it, and cannot be proposed.
    mutating func insert(_ point: Point) {
        if map.space.refusal(of: point) == nil { places.insert(map.coordinates(of: point)) }
    }

    /// Whether an experiment at `point` would be one of them again. Cost: linear in their number, constant in finite spaces.
    public func contains(_ point: Point) -> Bool { contains(map.coordinates(of: point)) }

    func contains(_ coordinates: [Double]) -> Bool {
        if places.contains(coordinates) { return true }
        return !isFinite
            && places.contains { place in zip(place, coordinates).allSatisfy { abs($0 - $1) < Self.nearest } }
    }
}
