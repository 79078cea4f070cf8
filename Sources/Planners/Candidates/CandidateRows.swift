import Campaigns
import Surrogates
import Synchronization

/// The candidates that may be proposed, each by its row: those that satisfy the constraints, and that the workers can measure.
struct CandidateRows: Sendable {
    let table: CandidateTable
    /// Which rows, ascending; nil is all of them.
    private let some: [Int32]?

    /// The rows of a table in a space, for workers that can do `only`.
    init(_ table: CandidateTable, in space: ParameterSpace, only: Capability?) {
        self.table = table
        let allowed = space.constraints.isEmpty ? nil : CandidateSelections.shared.rows(of: table, in: space)
        guard let only else {
            some = allowed
            return
        }
        let able = table.rows(admittedBy: only)
        guard let allowed else {
            some = able
            return
        }
        let set = Set(allowed)
        some = able.filter(set.contains)
    }

    var count: Int { some?.count ?? table.count }

    subscript(index: Int) -> Int { some.map { Int($0[index]) } ?? index }

    /// Some rows by chance, each once; all of them where there are no more.
    func sample(_ size: Int, _ random: inout RandomNumbers) -> [Int] {
        guard count > size else { return (0..<count).map { self[$0] } }
        guard count > 2 * size else { return Array((0..<count).map { self[$0] }.shuffled(using: &random).prefix(size)) }
        var chosen: Set<Int> = []
        while chosen.count < size { chosen.insert(Int(random.unit() * Double(count))) }
        return chosen.sorted().map { self[$0] }
    }

    /// About so many rows nearest to some row in the features.
    func nearest(_ size: Int, to row: Int, _ random: inout RandomNumbers) -> [Int] {
        let distances = table.distances(from: table.features(row))
        guard count > size else { return (0..<count).map { self[$0] } }
        // The limit from a sample: to sort a million would take longer.
        let some = sample(4096, &random).map { distances[$0] }.sorted()
        let limit = some[min(some.count - 1, max(8, some.count * size / count))]
        return (0..<count).lazy.map { self[$0] }.filter { distances[$0] <= limit }.prefix(4 * size).map { $0 }
    }
}

/// The rows that satisfy the constraints of a space, found once: to ask a million takes a second.
private final class CandidateSelections: Sendable {
    static let shared = CandidateSelections()
    private let known = Mutex<(space: ParameterSpace, rows: [Int32])?>(nil)

    func rows(of table: CandidateTable, in space: ParameterSpace) -> [Int32] {
        if let known = known.withLock({ $0 }), known.space == space { return known.rows }
        let rows = (0..<Int32(table.count)).filter { row in
            space.values(of: table.point(Int(row))).map { space.violated(by: $0) == nil } ?? false
        }
        known.withLock { $0 = (space, rows) }
        return rows
    }
}
