import Campaigns
import Surrogates

/// The search among listed candidates. Up to 60,000 are all rated; of more, a sample that is another one each time, and those nearest to the best
/// observations.
extension AcquisitionSearch {
    private static var rowsRated: (whole: Int, sampled: Int, near: Int) { (60_000, 50_000, 3_000) }

    /// The row with the best acquisition that is found and not `taken`; nil if there is none.
    func best(among rows: CandidateRows, seed: UInt64, taken: (_ coordinates: [Double]) -> Bool) -> Candidate? {
        var random = RandomNumbers(seed: seed)
        var chosen: [Int]
        if rows.count <= Self.rowsRated.whole {
            chosen = (0..<rows.count).map { rows[$0] }
        } else {
            var set = Set(elite.prefix(3).flatMap { rows.nearest(Self.rowsRated.near, to: Int($0[0]), &random) })
            set.formUnion(rows.sample(Self.rowsRated.sampled, &random))
            chosen = set.sorted()
        }
        return best(of: rated(screened(chosen.map { [Double($0)] })), taken)
    }
}

extension CandidateRows {
    /// How many rows a design chooses among.
    private static let pool = 4096

    /// The next rows, each as far as possible from all known ones in the features: a maximin design on a sample.
    func spread(_ count: Int, excluding known: Set<Int>, seed: UInt64) -> [Int] {
        var random = RandomNumbers(seed: seed, known.count)
        let pool = sample(Self.pool + known.count, &random).filter { !known.contains($0) }
        return Maximin.choose(
            count, of: pool.map(table.features), from: known.sorted().map(table.features), takesTwins: true, &random
        ).map { pool[$0] }
    }

    /// The next rows by chance, or in their order.
    func next(_ count: Int, excluding known: Set<Int>, seed: UInt64?) -> [Int] {
        guard let seed else {
            return Array((0..<self.count).lazy.map { self[$0] }.filter { !known.contains($0) }.prefix(count))
        }
        var random = RandomNumbers(seed: seed, known.count)
        return Array(
            sample(count + known.count, &random).filter { !known.contains($0) }.shuffled(using: &random).prefix(count))
    }
}
