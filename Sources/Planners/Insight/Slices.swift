import Campaigns

extension ModelInsight {
    /// What is believed along one parameter, the others at the ``center``.
    public struct Slice: Sendable {
        public let parameter: String
        public let values: [ParameterValue]
        public let beliefs: [Belief]
    }

    /// What is believed in a plane of two parameters, the others at the ``center``; rows go along `y`.
    public struct Plane: Sendable {
        public let x: [ParameterValue]
        public let y: [ParameterValue]
        public let beliefs: [[Belief]]
    }

    /// The most values of a finite parameter that are shown.
    private static let most = 60

    /// The slices along all parameters, `count` values of a continuous one. Cost: m n^2 a sample, m the number of values.
    public func slices(_ count: Int = 41) -> [Slice] {
        map.space.parameters.indices.map { index in
            let places = places(index, count)
            let coordinates = places.map { place in
                var coordinates = origin
                coordinates[index] = place
                return coordinates
            }
            return Slice(
                parameter: map.space.parameters[index].name, values: places.map { value(index, $0) },
                beliefs: beliefs(at: coordinates))
        }
    }

    /// The plane of two parameters, `count` values of a continuous one; nil where there are no two of these names. Cost: as of ``slices(_:)``.
    public func plane(_ x: String, _ y: String, _ count: Int = 25) -> Plane? {
        let names = map.space.parameters.map(\.name)
        guard let first = names.firstIndex(of: x), let second = names.firstIndex(of: y), first != second else {
            return nil
        }
        let (columns, rows) = (places(first, count), places(second, count))
        let all = rows.flatMap { row in
            columns.map { column in
                var coordinates = origin
                (coordinates[first], coordinates[second]) = (column, row)
                return coordinates
            }
        }
        let beliefs = beliefs(at: all)
        return Plane(
            x: columns.map { value(first, $0) }, y: rows.map { value(second, $0) },
            beliefs: rows.indices.map { Array(beliefs[$0 * columns.count..<($0 + 1) * columns.count]) })
    }

    private func places(_ index: Int, _ count: Int) -> [Double] {
        guard let cardinality = map.cardinalities[index] else {
            return (0..<count).map { Double($0) / Double(max(1, count - 1)) }
        }
        let step = max(1, (cardinality + Self.most - 1) / Self.most)
        return stride(from: 0, to: cardinality, by: step).map(Double.init)
    }

    private func value(_ index: Int, _ place: Double) -> ParameterValue {
        let parameter = map.space.parameters[index]
        return map.cardinalities[index] == nil
            ? parameter.value(unit: place) : parameter.value(at: Int(place)) ?? parameter.standIn
    }
}
