import Campaigns
import Surrogates

/// Finds points that satisfy all constraints of a space where hardly any do, by moving the parameters one or two at a time until nothing is
/// missing any more.
struct FeasiblePointFinder {
    /// Starts, and steps of each.
    private static let (starts, steps) = (24, 400)
    let moves: FeasibleMoves

    /// A point, or nil where none was found. Cost: at most some ten thousand evaluations of the constraints.
    func find(_ random: inout RandomNumbers) -> [ParameterValue]? {
        let constraints = moves.space.constraints
        let scales = typicalShortfalls(&random)
        func missing(_ values: [ParameterValue]) -> Double {
            let present = moves.space.presence(at: values)
            return zip(constraints, scales).reduce(0) { sum, constraint in
                sum + (constraint.0.names(present) ? min(1e6, constraint.0.shortfall(at: values) / constraint.1) : 0)
            }
        }
        for _ in 0..<Self.starts {
            var current = moves.space.settled(moves.space.parameters.map { $0.value(unit: random.unit()) })
            var least = missing(current)
            for step in 0..<Self.steps where least > 0 {
                let scale = step % 2 == 0 ? 1 : 0.3 * (1 - Double(step) / Double(Self.steps)) + 0.001
                var moved = current
                for _ in 0...step % 3 { moves.change(&moved, scale, &random) }
                moves.settle(&moved, after: current, &random)
                let now = missing(moved)
                if now <= least { (current, least) = (moved, now) }
            }
            if least == 0, moves.holds(current) { return current }
        }
        return nil
    }

    /// What each constraint lacks at a random point, for comparing them with one another.
    private func typicalShortfalls(_ random: inout RandomNumbers) -> [Double] {
        let points = (0..<64).map { _ in moves.space.parameters.map { $0.value(unit: random.unit()) } }
        return moves.space.constraints.map { constraint in
            let lacking = points.map(constraint.shortfall).filter { $0 > 0 && $0.isFinite }.sorted()
            return lacking.isEmpty ? 1 : max(lacking[lacking.count / 2], 1e-9)
        }
    }
}
