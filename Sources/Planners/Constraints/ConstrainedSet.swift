import Campaigns
import Surrogates
import Synchronization

/// The points of a space that satisfy its constraints: all of them where these can be listed, else a sample that is spread over them.
///
/// The sample comes from Sobol points where enough of these are feasible, else from a Markov chain of feasible moves that starts at points found
/// by ``FeasiblePointFinder`` (as hit-and-run does, Smith 1984, but along the axes and along what linear equations leave free).
struct ConstrainedSet: Sendable {
    /// How many points the sample has.
    private static let sampleSize = 1024
    /// Steps of the chain between two points of the sample, for each parameter.
    private static let stride = 12

    let moves: FeasibleMoves
    /// Every point, in the order of the space; nil where they cannot be listed.
    let listed: [Point]?
    /// Feasible points all over; empty where none was found.
    let sample: [Point]
    /// The part of random points that is feasible, as far as it was seen: 0 where it is less than one in a thousand.
    let share: Double

    var space: ParameterSpace { moves.space }

    /// The set of a space with constraints. The same space has always the same.
    init(_ space: ParameterSpace) {
        moves = FeasibleMoves(space)
        if let all = FeasibleEnumeration.points(of: space) {
            listed = all.map(space.point(of:))
            var random = RandomNumbers(seed: 17)
            sample = Array(listed?.shuffled(using: &random).prefix(Self.sampleSize) ?? [])
            share = space.cardinality.map { Double(all.count) / Double(max(1, $0)) } ?? 0
            return
        }
        listed = nil
        let sobol = SobolSequence(dimensions: space.parameters.count, seed: 17)
        let tries = (0..<4 * Self.sampleSize).map { index in
            space.settled(zip(space.parameters, sobol[index]).map { $0.value(unit: $1) })
        }
        let feasible = tries.filter(moves.holds)
        share = Double(feasible.count) / Double(tries.count)
        if feasible.count >= Self.sampleSize / 4 {
            sample = feasible.prefix(Self.sampleSize).map(space.point(of:))
            return
        }
        var random = RandomNumbers(seed: 18)
        let finder = FeasiblePointFinder(moves: moves)
        let starts = feasible.prefix(8) + (feasible.count < 8 ? (0..<8).compactMap { _ in finder.find(&random) } : [])
        sample = Self.chains(from: Array(starts), moves, &random).map(space.point(of:))
    }

    private static func chains(
        from starts: [[ParameterValue]], _ moves: FeasibleMoves, _ random: inout RandomNumbers
    ) -> [[ParameterValue]] {
        var points: [[ParameterValue]] = []
        for start in starts {
            var current = start
            points.append(start)
            for _ in 0..<sampleSize / starts.count {
                for _ in 0..<stride * moves.space.parameters.count {
                    let scale = [1, 0.3, 0.05][Int(random.unit() * 3)]
                    let next =
                        if random.unit() < 0.3, let one = points.randomElement(using: &random),
                            let other = starts.randomElement(using: &random)
                        {
                            moves.step(from: current, along: one, other, scale: 1, &random)
                        } else {
                            moves.step(from: current, scale: scale, &random)
                        }
                    if let next { current = next }
                }
                points.append(current)
            }
        }
        var seen: Set<[ParameterValue]> = []
        return points.filter { seen.insert($0).inserted }
    }

    /// Whether all of its points are among `points`.
    func isExhausted(by points: [Point]) -> Bool {
        guard let listed else { return sample.isEmpty }
        let known = Set(points.compactMap(space.index(of:)))
        return listed.allSatisfy { known.contains(space.index(of: $0) ?? -1) }
    }

    /// Feasible points near `point`.
    func neighbours(of point: Point, scale: Double, tries: Int, _ random: inout RandomNumbers) -> [Point] {
        guard let values = space.values(of: point) else { return [] }
        return (0..<tries).compactMap { _ in
            if random.unit() < 0.3, let one = sample.randomElement(using: &random).flatMap(space.values),
                let other = sample.randomElement(using: &random).flatMap(space.values)
            {
                return moves.step(from: values, along: one, other, scale: scale, &random).map(space.point(of:))
            }
            return moves.step(from: values, scale: scale, &random).map(space.point(of:))
        }
    }

    /// Whether a point is in it, strictly.
    func contains(_ point: Point) -> Bool {
        space.refusal(of: point, constraintsHold: false) == nil && space.values(of: point).map(moves.holds) ?? false
    }
}

/// Sets that were made already: making one takes up to a second, and the same space has always the same.
final class ConstrainedSets: Sendable {
    static let shared = ConstrainedSets()
    private static let capacity = 8
    private let sets = Mutex<[(space: ParameterSpace, set: ConstrainedSet)]>([])

    /// The set of a space; nil where every point of it may be proposed as it is.
    func set(of space: ParameterSpace) -> ConstrainedSet? {
        guard space.candidates == nil, !space.constraints.isEmpty || space.hasConditions else { return nil }
        if let known = sets.withLock({ sets in sets.first { $0.space == space } }) { return known.set }
        let set = ConstrainedSet(space)
        sets.withLock { sets in
            if sets.count >= Self.capacity { sets.removeFirst() }
            sets.append((space, set))
        }
        return set
    }
}
