import Campaigns
import Foundation
import Surrogates

/// A plan that does not learn: a fixed sequence of points.
protocol Design: Sendable {
    var space: ParameterSpace { get }
    /// The same in another space.
    func over(_ space: ParameterSpace) -> Self
    /// Point `index` of the sequence, from 0.
    func point(_ index: Int) -> Point
    /// What the order of listed candidates comes from; nil for that of their file.
    var seedOfRows: UInt64? { get }
    /// The next points where constraints hold.
    func next(_ count: Int, in set: ConstrainedSet, _ map: FeatureMap, excluding known: [Point]) -> [Point]
}

/// Scrambled Sobol points.
struct SobolDesign: Design {
    let space: ParameterSpace
    private let seed: UInt64
    private let sequence: SobolSequence

    init(space: ParameterSpace, seed: UInt64) {
        self.space = space
        self.seed = seed
        sequence = SobolSequence(dimensions: space.parameters.count, seed: seed)
    }

    var seedOfRows: UInt64? { seed }

    func over(_ space: ParameterSpace) -> SobolDesign { SobolDesign(space: space, seed: seed) }

    func point(_ index: Int) -> Point { space.point(unit: sequence[index]) }

    func next(_ count: Int, in set: ConstrainedSet, _ map: FeatureMap, excluding known: [Point]) -> [Point] {
        set.spread(count, map, excluding: known, seed: seed)
    }
}

/// Independent uniform points.
struct RandomDesign: Design {
    let space: ParameterSpace
    let seed: UInt64

    var seedOfRows: UInt64? { seed }

    func over(_ space: ParameterSpace) -> RandomDesign { RandomDesign(space: space, seed: seed) }

    func point(_ index: Int) -> Point {
        var generator = RandomNumbers(seed: seed, index)
        return space.point(unit: space.parameters.map { _ in generator.unit() })
    }

    func next(_ count: Int, in set: ConstrainedSet, _ map: FeatureMap, excluding known: [Point]) -> [Point] {
        set.random(count, map, excluding: known, seed: seed)
    }
}

/// Every point of a finite space, one after another.
struct GridDesign: Design {
    let space: ParameterSpace

    var seedOfRows: UInt64? { nil }

    func over(_ space: ParameterSpace) -> GridDesign { GridDesign(space: space) }

    func point(_ index: Int) -> Point { space.point(at: index % max(1, space.cardinality ?? 1)) }

    func next(_ count: Int, in set: ConstrainedSet, _ map: FeatureMap, excluding known: [Point]) -> [Point] {
        let known = Set(known)
        return Array((set.listed ?? set.sample).lazy.filter { !known.contains($0) }.prefix(count))
    }
}

extension Design {
    /// The next `count` points of the sequence that are not in `known`. In a finite space each point comes once; when the
    /// sequence keeps hitting known ones, the first free points in order follow. Where a resolution leaves few points, fewer may come.
    func next(_ count: Int, from start: Int, excluding known: [Point]) -> [Point] {
        guard let cardinality = space.cardinality else {
            var taken = Set(known)
            var points: [Point] = []
            for index in start..<start + known.count + 20 * count + 1000 where points.count < count {
                let point = point(index)
                if taken.insert(point).inserted { points.append(point) }
            }
            return points
        }
        var taken = Set(known.compactMap(space.index(of:)))
        var points: [Point] = []
        func take(_ point: Point) {
            guard let index = space.index(of: point), taken.insert(index).inserted else { return }
            points.append(point)
        }
        var index = start
        let patience = start + 20 * count + 100
        while points.count < count, taken.count < cardinality, index < patience {
            take(point(index))
            index += 1
        }
        var number = 0
        while points.count < count, number < cardinality {
            take(space.point(at: number))
            number += 1
        }
        return points
    }
}

/// A planner that follows a design to its end and beyond.
struct DesignPlanner: Planner {
    let design: any Design
    let initial: Int

    var learns: Bool { false }

    func recommend(_ count: Int, given input: PlannerInput) throws -> [Recommendation] {
        let start = input.asked
        let map = FeatureMap(design.space)
        guard let feasible = FeasibleSet(map, only: input.only) else { return [] }
        let next =
            feasible.rows.map { rows in
                let known = Set(input.points.compactMap(rows.table.row(of:)))
                return rows.next(count, excluding: known, seed: design.seedOfRows).map(rows.table.point)
            }
            ?? feasible.constrained.map { design.next(count, in: $0, map, excluding: input.points) }
            ?? design.over(feasible.space).next(count, from: start, excluding: input.points)
        return next.enumerated().map {
            offset, point in
            Recommendation(parameters: point, origin: start + offset < initial ? .initial : .planned, explanation: nil)
        }
    }
}

extension Parameter {
    /// The value at `unit` in [0, 1]: evenly over the range, its logarithm, its levels or its options; next to it, where the
    /// parameter has a resolution.
    public func value(unit: Double) -> ParameterValue {
        switch domain {
        case .continuous(let low, let high, let scale):
            let number =
                switch scale {
                case .linear: low + (high - low) * unit
                case .log where (high / low).isFinite: low * pow(high / low, unit)
                case .log: exp(log(low) + (log(high) - log(low)) * unit)
                }
            return .number(settable(min(high, max(low, number)), from: low, to: high))
        case .discrete(let levels, _): return .number(levels[min(levels.count - 1, Int(unit * Double(levels.count)))])
        case .listed: return standIn
        case .categorical(let options, _):
            return .option(options[min(options.count - 1, Int(unit * Double(options.count)))])
        }
    }
}

extension ParameterSpace {
    /// The point at `unit`, a coordinate in [0, 1] for each parameter.
    func point(unit: [Double]) -> Point {
        Point(uniqueKeysWithValues: zip(parameters, unit).map { ($0.name, $0.value(unit: $1)) })
    }
}
