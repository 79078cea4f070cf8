import Campaigns
import Surrogates

/// The search where constraints hold: over all points that are listed, else over a sample and its neighbourhood.
///
/// The best few candidates are refined by feasible moves, at smaller and smaller scales: what is feasible may be a ring, or a few points of a grid.
/// Continuous parameters follow the gradient besides, in the polytope that linear constraints leave them.
extension AcquisitionSearch {
    /// The largest set of points that is evaluated whole.
    private static var listable: Int { 50_000 }
    /// Rounds of refinement, moves of each, and what is left of their scale after each.
    private static var rounds: (count: Int, moves: Int, shrinking: Double) { (14, 24, 0.6) }

    /// The point of a constrained set with the best acquisition that is found and not `taken`; nil if there is none.
    func best(in set: ConstrainedSet, seed: UInt64, taken: (_ coordinates: [Double]) -> Bool) -> Candidate? {
        if let listed = set.listed, listed.count <= Self.listable {
            return best(of: rated(points: listed), taken)
        }
        var random = RandomNumbers(seed: seed)
        // The incumbents themselves may have been measured beside the set, or lost a digit on the way.
        let centers = elite.map { map.point(at: feasible.clamped($0)) }.filter(set.contains)
        let near = [0.2, 0.05, 0.01, 0.002].flatMap { scale in
            centers.flatMap { set.neighbours(of: $0, scale: scale, tries: 4 * searchBudget.perturbations, &random) }
        }
        let far = region == nil ? set.sample : []
        let all = rated(points: (near.isEmpty ? set.sample : near + far)).sorted { $0.value > $1.value }
        let refined = distinct(all, searchBudget.refined).map { candidate in
            self.refined(candidate, in: set, &random)
        }
        return best(of: refined + all, taken)
    }

    private func rated(points: [Point]) -> [Candidate] {
        let known = Dictionary(points.map { (map.coordinates(of: $0), $0) }) { first, _ in first }
        return rated(screened(points.map(map.coordinates(of:)))).map {
            var candidate = $0
            candidate.point = known[$0.coordinates]
            return candidate
        }
    }

    private func refined(_ candidate: Candidate, in set: ConstrainedSet, _ random: inout RandomNumbers) -> Candidate {
        var (current, scale) = (climbed(candidate, in: set), 0.2)
        for _ in 0..<Self.rounds.count {
            guard let point = current.point else { return current }
            let moved = set.neighbours(of: point, scale: scale, tries: Self.rounds.moves, &random)
            if let best = rated(points: moved).max(by: { $0.value < $1.value }), best.value > current.value {
                current = best
            } else {
                scale *= Self.rounds.shrinking
            }
        }
        return climbed(current, in: set)
    }

    /// SLSQP in the continuous parameters, within the linear constraints; where that is not feasible strictly, the candidate as it is.
    private func climbed(_ candidate: Candidate, in set: ConstrainedSet) -> Candidate {
        guard followsPolytope, let point = candidate.point, let values = set.space.values(of: point),
            let room = LinearRoom(at: values, in: set.moves)
        else { return candidate }
        let places = Dictionary(zip(map.continuous, map.continuousFeatures)) { first, _ in first }
        let start = room.movable.map { candidate.coordinates[$0] }
        let boxes = zip(room.movable, start).map { index, coordinate in
            let box = feasible.bounds(index, in: region)
            return (low: min(box.low, coordinate), high: max(box.high, coordinate))
        }
        let outcome = Minimizer.minimize(
            from: start, low: boxes.map(\.low), high: boxes.map(\.high), limit: searchBudget.evaluations,
            in: room.polytope
        ) { moved, gradient in
            var coordinates = candidate.coordinates
            for (index, coordinate) in zip(room.movable, moved) { coordinates[index] = coordinate }
            let (value, slope) = acquisition.value(at: map.features(at: coordinates))
            for (position, index) in room.movable.enumerated() {
                gradient[position] = -(places[index].map { slope[$0] } ?? 0) - slopeBeside(coordinates, index)
            }
            return -value - beside(coordinates)
        }
        // What was lost in the last digits on the way is given back.
        let reached = set.moves.balanced(room.values(at: outcome.point))
        guard set.moves.holds(reached), let best = rated(points: [set.space.point(of: reached)]).first,
            best.value > candidate.value
        else { return candidate }
        return best
    }
}
