import Campaigns

/// The part of a space that some workers can measure, in the coordinates of the whole.
struct Reach {
    /// For each parameter the values that may be taken: some indices of a finite one, an interval of a continuous one.
    private enum Part {
        case some([Int])
        case interval(low: Double, high: Double)
    }

    private let parts: [Part]

    /// The reach of `space`, which is a part of the map's.
    init(of space: ParameterSpace, _ map: FeatureMap) {
        parts = zip(map.space.parameters, space.parameters).enumerated().map { index, parameters in
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

    /// Whether the coordinates are in it.
    func contains(_ coordinates: [Double]) -> Bool {
        zip(parts, coordinates).allSatisfy { part, coordinate in
            switch part {
            case .some(let indices): indices.contains(Int(coordinate))
            case .interval(let low, let high): coordinate >= low - 1e-12 && coordinate <= high + 1e-12
            }
        }
    }

    /// The interval of a continuous parameter.
    func bounds(_ index: Int) -> (low: Double, high: Double) {
        if case .interval(let low, let high) = parts[index] { (low, high) } else { (0, 1) }
    }

    /// Whether a finite parameter may take the value of this index; a continuous one may take any.
    func admits(_ value: Int, of index: Int) -> Bool {
        if case .some(let indices) = parts[index] { indices.contains(value) } else { true }
    }

    /// The whole space's coordinates, squeezed into it evenly.
    func squeezed(_ coordinates: [Double], _ cardinalities: [Int?]) -> [Double] {
        coordinates.indices.map { index in
            switch (parts[index], cardinalities[index]) {
            case (.some(let indices), let count?):
                Double(indices[min(indices.count - 1, Int(coordinates[index] / Double(count) * Double(indices.count)))])
            case (.interval(let low, let high), _): low + (high - low) * coordinates[index]
            default: coordinates[index]
            }
        }
    }

    /// The nearest coordinates in it.
    func clamped(_ coordinates: [Double]) -> [Double] {
        zip(parts, coordinates).map { part, coordinate in
            switch part {
            case .some(let indices):
                indices.contains(Int(coordinate))
                    ? coordinate
                    : Double(indices.min { abs(Double($0) - coordinate) < abs(Double($1) - coordinate) } ?? 0)
            case .interval(let low, let high): min(high, max(low, coordinate))
            }
        }
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
