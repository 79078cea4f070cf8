import Campaigns
import Foundation
import Surrogates

/// Points as numbers, in two forms. *Coordinates* (one a parameter) are what a search moves in: a continuous parameter in
/// [0, 1], a finite one by the index of its value. *Features* are what the model compares: numbers in [0, 1], a categorical
/// parameter by the code of its option, of which only equality counts, or by its descriptors.
struct FeatureMap: Sendable {
    let space: ParameterSpace
    /// How the model measures the distance in each feature.
    let metrics: [Covariance.Metric]
    private let encodings: [Encoding]
    /// For each parameter the options that are measured at, and not proposed; their rows follow those of the space's options.
    private let retired: [[RetiredOption]]
    /// The rows of the space's candidates, where it has any: the coordinate of a point is its row then.
    let table: CandidateTable?

    private enum Encoding: Sendable {
        case continuous(low: Double, high: Double, logarithmic: Bool)
        /// The features of each value.
        case finite([[Double]])
    }

    init(_ space: ParameterSpace, retired: [String: [RetiredOption]] = [:]) {
        self.space = space
        self.retired = space.parameters.map { $0.domain.comparable(retired[$0.name] ?? []) }
        table = space.candidates.flatMap(CandidateTables.shared.known)
        if let table {
            encodings = []
            metrics = [Covariance.Metric](repeating: .numeric, count: table.width)
            return
        }
        encodings = zip(space.parameters, self.retired).map(Self.encoding)
        metrics = zip(space.parameters, encodings).flatMap { parameter, encoding -> [Covariance.Metric] in
            guard case .finite(let rows) = encoding else { return [.numeric] }
            if case .categorical(_, nil) = parameter.domain { return [.nominal] }
            return rows[0].map { _ in .numeric }
        }
    }

    private static func encoding(_ parameter: Parameter, _ retired: [RetiredOption]) -> Encoding {
        switch parameter.domain {
        case .listed: return .finite([[0]])
        case .continuous(let low, let high, let scale):
            return .continuous(low: low, high: high, logarithmic: scale == .log)
        case .discrete(let levels, let scale):
            let spaced = scale == .log ? levels.map { Foundation.log($0) } : levels
            return .finite(unitScaled(spaced.map { [$0] }))
        case .categorical(let options, nil):
            return .finite((0..<options.count + retired.count).map { [Double($0)] })
        case .categorical(_, let descriptors?):
            return .finite(unitScaled(descriptors + retired.compactMap(\.descriptors)))
        }
    }

    /// Every column to [0, 1]; one without spread to 0.
    private static func unitScaled(_ rows: [[Double]]) -> [[Double]] {
        let columns = rows[0].indices.map { column in rows.map { $0[column] } }
        let ranges = columns.map { (low: $0.min() ?? 0, high: $0.max() ?? 0) }
        return rows.map { row in
            zip(row, ranges).map { $1.high > $1.low ? ($0 - $1.low) / ($1.high - $1.low) : 0 }
        }
    }

    /// How many values each parameter has; nil where it is continuous.
    var cardinalities: [Int?] { table == nil ? space.parameters.map(\.cardinality) : [] }

    /// The parameters that a gradient can move.
    var continuous: [Int] {
        table != nil ? [] : space.parameters.indices.filter { space.parameters[$0].cardinality == nil }
    }

    /// The coordinates of a point of the space.
    func coordinates(of point: Point) -> [Double] {
        if let table { return [Double(table.row(of: point) ?? -1)] }
        return zip(space.parameters, encodings).map { parameter, encoding in
            let value = point[parameter.name] ?? parameter.standIn
            switch encoding {
            case .continuous(let low, let high, let logarithmic):
                let number = value.number ?? low
                guard logarithmic else { return min(1, max(0, (number - low) / (high - low))) }
                // The ratio of the ends may be beyond the largest number.
                let unit =
                    (high / low).isFinite
                    ? Foundation.log(number / low) / Foundation.log(high / low)
                    : (Foundation.log(number) - Foundation.log(low)) / (Foundation.log(high) - Foundation.log(low))
                return min(1, max(0, unit))
            case .finite: return Double(parameter.index(of: value) ?? parameter.nearestIndex(to: value))
            }
        }
    }

    /// The point at some coordinates.
    func point(at coordinates: [Double]) -> Point {
        if let table { return table.point(Int(coordinates[0])) }
        var point = Point()
        for (parameter, coordinate) in zip(space.parameters, coordinates) {
            point[parameter.name] = parameter.value(at: Int(coordinate)) ?? parameter.value(unit: coordinate)
        }
        return space.withoutAbsent(point)
    }

    /// The coordinates at a place in the unit cube: each value of a finite parameter has an equal share.
    func coordinates(unit: [Double]) -> [Double] {
        zip(cardinalities, unit).map { cardinality, unit in
            cardinality.map { Double(min($0 - 1, Int(unit * Double($0)))) } ?? unit
        }
    }

    /// The features at some coordinates.
    func features(at coordinates: [Double]) -> [Double] {
        if let table { return table.features(max(0, Int(coordinates[0]))) }
        var features: [Double] = []
        features.reserveCapacity(metrics.count)
        for (encoding, coordinate) in zip(encodings, coordinates) {
            switch encoding {
            case .continuous: features.append(coordinate)
            case .finite(let rows): features += rows[Int(coordinate)]
            }
        }
        return features
    }

    /// The features of a point of the space.
    func features(of point: Point) -> [Double] { features(at: coordinates(of: point)) }

    /// Whether it has features of a point: a row may be gone from a file of candidates.
    func knows(_ point: Point) -> Bool { table.map { $0.row(of: point) != nil } ?? true }

    /// Where an observation was made; among candidates, what was asked for, whatever was really set.
    func place(of observation: Observation) -> Point {
        table == nil ? observation.parameters : observation.setting
    }

    /// The features of a point where something is or was measured: beyond [0, 1] where a number is outside its range, between two levels where it
    /// is none of them, and those of a retired option.
    func features(ofMeasured point: Point) -> [Double] {
        if table != nil { return features(of: point) }
        var features: [Double] = []
        features.reserveCapacity(metrics.count)
        for (index, coordinate) in coordinates(of: point).enumerated() {
            let (parameter, encoding) = (space.parameters[index], encodings[index])
            switch encoding {
            case .continuous: features.append(parameter.unitBeyond(point[parameter.name]) ?? coordinate)
            case .finite(let rows):
                if let unit = parameter.unitBeyond(point[parameter.name]) {
                    features.append(unit)
                } else if let position = retired[index].firstIndex(where: {
                    .option($0.option) == point[parameter.name]
                }) {
                    features += rows[rows.count - retired[index].count + position]
                } else {
                    features += rows[Int(coordinate)]
                }
            }
        }
        return features
    }

    /// The place of each continuous parameter's feature, in the order of ``continuous``.
    var continuousFeatures: [Int] {
        var places: [Int] = []
        var next = 0
        for encoding in encodings {
            switch encoding {
            case .continuous:
                places.append(next)
                next += 1
            case .finite(let rows): next += rows[0].count
            }
        }
        return places
    }
}

extension Parameter.Domain {
    /// Those of `retired` that can be compared with the options: with as many descriptors as they have.
    fileprivate func comparable(_ retired: [RetiredOption]) -> [RetiredOption] {
        guard case .categorical(_, let descriptors?) = self else { return retired }
        return retired.filter { $0.descriptors?.count == descriptors.first?.count }
    }
}

extension Parameter {
    /// The index of the level next to a number that is none; 0 for what is no number.
    fileprivate func nearestIndex(to value: ParameterValue) -> Int {
        guard case .discrete(let levels, _) = domain, let number = value.number else { return 0 }
        return levels.indices.min { abs(levels[$0] - number) < abs(levels[$1] - number) } ?? 0
    }

    /// Where a number that is not one of the parameter's lies in units of its range, by its scale; nil for one that is.
    fileprivate func unitBeyond(_ value: ParameterValue?) -> Double? {
        guard let value, let number = value.number, refusal(of: value) != nil else { return nil }
        let (low, high, scale): (Double, Double, Scale)
        switch domain {
        case .continuous(let from, let to, let its): (low, high, scale) = (from, to, its)
        case .discrete(let levels, let its): (low, high, scale) = (levels[0], levels[levels.count - 1], its)
        case .categorical, .listed: return nil
        }
        guard high > low else { return 0 }
        guard scale == .log else { return (number - low) / (high - low) }
        return (Foundation.log(number) - Foundation.log(low)) / (Foundation.log(high) - Foundation.log(low))
    }
}
