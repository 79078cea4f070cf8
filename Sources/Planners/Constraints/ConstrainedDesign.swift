import Campaigns
import Surrogates

extension ConstrainedSet {
    /// The next `count` points, each as far as possible from all that are known: a maximin design on the sample.
    func spread(_ count: Int, _ map: FeatureMap, excluding known: [Point], seed: UInt64) -> [Point] {
        var random = RandomNumbers(seed: seed, known.count)
        let filter = DuplicateFilter(known, map: map)
        let free = sample.filter { !filter.contains($0) }
        let pool = free.count < count ? (listed ?? more(&random)).filter { !filter.contains($0) } : free
        return Maximin.choose(
            count, of: pool.map { scaled($0, map) }, from: known.map { scaled($0, map) }, takesTwins: false, &random
        ).map { pool[$0] }
    }

    /// Independent points of the sample, in an order of chance.
    func random(_ count: Int, _ map: FeatureMap, excluding known: [Point], seed: UInt64) -> [Point] {
        var random = RandomNumbers(seed: seed)
        let filter = DuplicateFilter(known, map: map)
        let first = (listed ?? sample).shuffled(using: &random).lazy.filter { !filter.contains($0) }.prefix(count)
        guard first.count < count, listed == nil else { return Array(first) }
        return Array(first) + more(&random).lazy.filter { !filter.contains($0) }.prefix(count - first.count)
    }

    /// Further points than those of the sample.
    private func more(_ random: inout RandomNumbers) -> [Point] {
        sample.flatMap { neighbours(of: $0, scale: 0.3, tries: 4, &random) }
    }

    /// Each coordinate in [0, 1].
    private func scaled(_ point: Point, _ map: FeatureMap) -> [Double] {
        zip(map.coordinates(of: point), map.cardinalities).map { coordinate, count in
            count.map { $0 > 1 ? coordinate / Double($0 - 1) : 0 } ?? coordinate
        }
    }
}
