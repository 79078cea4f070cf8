import Campaigns

/// The points that may be proposed: the campaign's space, as far as the workers that a recommendation is for can measure it.
///
/// Designs, search, trust region and rounding ask it alone. It speaks in the coordinates of the whole space.
struct FeasibleSet {
    /// The space that points are in.
    let space: ParameterSpace
    /// The points of the space that satisfy its constraints; nil where it has none.
    let constrained: ConstrainedSet?
    /// The candidates that may be proposed; nil where the space has no list of them.
    let rows: CandidateRows?
    let map: FeatureMap
    /// For each parameter the values that may be taken; nil where all may.
    private let parts: [Part]?

    private enum Part {
        /// Some indices of a finite parameter.
        case some([Int])
        /// An interval of a continuous one.
        case interval(low: Double, high: Double)
    }

    /// What workers that can do `only` can measure of the map's space; nil where that is nothing.
    init?(_ map: FeatureMap, only: Capability?) {
        self.map = map
        if let table = map.table {
            (space, parts, constrained) = (map.space, nil, nil)
            let rows = CandidateRows(table, in: map.space, only: only)
            guard rows.count > 0 else { return nil }
            self.rows = rows
            return
        }
        rows = nil
        guard let only else {
            (space, parts) = (map.space, nil)
            constrained = ConstrainedSets.shared.set(of: space)
            return
        }
        guard let part = only.restricting(map.space) else { return nil }
        space = part
        constrained = ConstrainedSets.shared.set(of: space)
        parts = zip(map.space.parameters, part.parameters).enumerated().map { index, parameters in
            let (whole, part) = parameters
            if let count = part.cardinality {
                return .some((0..<count).compactMap { part.value(at: $0).flatMap(whole.index(of:)) })
            }
            func coordinate(_ unit: Double) -> Double {
                map.coordinates(of: [whole.name: part.value(unit: unit)])[index]
            }
            return .interval(low: coordinate(0), high: coordinate(1))
        }
    }

    /// Whether all of its points are among `points`; never in a continuous space.
    func isExhausted(by points: [Point]) -> Bool {
        if let rows {
            let known = Set(points.compactMap(rows.table.row(of:)))
            return known.count >= rows.count && (0..<rows.count).allSatisfy { known.contains(rows[$0]) }
        }
        if let constrained { return constrained.isExhausted(by: points) }
        guard let cardinality = space.cardinality else { return false }
        return Set(points.compactMap(space.index(of:))).count >= cardinality
    }

    /// Whether the coordinates are in it.
    func contains(_ coordinates: [Double]) -> Bool {
        guard let parts else { return true }
        return zip(parts, coordinates).allSatisfy { part, coordinate in
            switch part {
            case .some(let indices): indices.contains(Int(coordinate))
            case .interval(let low, let high): coordinate >= low - 1e-12 && coordinate <= high + 1e-12
            }
        }
    }

    /// The interval of a continuous parameter, as far as it lies in a trust region.
    func bounds(_ index: Int, in region: TrustRegion?) -> (low: Double, high: Double) {
        let box = region?.bounds(index) ?? (0, 1)
        let part: (low: Double, high: Double) =
            if case .interval(let low, let high)? = parts?[index] { (low, high) } else { (0, 1) }
        return (low: min(part.high, max(box.0, part.low)), high: max(part.low, min(box.1, part.high)))
    }

    /// Whether a finite parameter may take the value of this index; a continuous one may take any.
    func admits(_ value: Int, of index: Int) -> Bool {
        if case .some(let indices)? = parts?[index] { indices.contains(value) } else { true }
    }

    /// The whole space's coordinates, squeezed into it evenly.
    func squeezed(_ coordinates: [Double]) -> [Double] {
        guard let parts else { return coordinates }
        return zip(coordinates, zip(parts, map.cardinalities)).map { coordinate, parameter in
            switch parameter {
            case (.some(let indices), let count?):
                Double(indices[min(indices.count - 1, Int(coordinate / Double(count) * Double(indices.count)))])
            case (.interval(let low, let high), _): low + (high - low) * coordinate
            default: coordinate
            }
        }
    }

    /// The nearest coordinates in it.
    func clamped(_ coordinates: [Double]) -> [Double] {
        guard let parts else { return coordinates }
        return zip(parts, coordinates).map { part, coordinate in
            switch part {
            case .some(let indices):
                indices.contains(Int(coordinate))
                    ? coordinate
                    : Double(indices.min { abs(Double($0) - coordinate) < abs(Double($1) - coordinate) } ?? 0)
            case .interval(let low, let high): min(high, max(low, coordinate))
            }
        }
    }

    /// The point at some coordinates, as an instrument can be set to it.
    func point(at coordinates: [Double]) -> Point {
        let point = map.point(at: coordinates)
        return parts == nil ? point : space.clamping(point)
    }

    /// Coordinates as they are once an instrument is set to them: others where a parameter has a resolution.
    func settable(_ coordinates: [Double]) -> [Double] {
        let isRounded = map.space.parameters.contains { $0.resolution != nil }
        return isRounded ? map.coordinates(of: point(at: coordinates)) : coordinates
    }
}

extension ParameterSpace {
    /// A point whose last digits lie outside the range of a continuous parameter, put back inside; at its resolution, where it has one.
    func clamping(_ point: Point) -> Point {
        var point = point
        for parameter in parameters {
            guard case .continuous(let low, let high, _) = parameter.domain, let number = point[parameter.name]?.number
            else {
                continue
            }
            point[parameter.name] = .number(parameter.settable(min(high, max(low, number)), from: low, to: high))
        }
        return point
    }
}
