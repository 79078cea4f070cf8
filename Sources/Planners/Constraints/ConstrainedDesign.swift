import Campaigns
import Surrogates

extension ConstrainedSet {
    /// The next `count` points, each as far as possible from all that are known: a maximin design on the sample.
    func spread(_ count: Int, _ map: FeatureMap, excluding known: [Point], seed: UInt64) -> [Point] {
        var random = RandomNumbers(seed: seed, known.count)
        var chosen: [Point] = []
        let filter = DuplicateFilter(known, map: map)
        let free = sample.filter { !filter.contains($0) }
        let pool = free.count < count ? (listed ?? more(&random)).filter { !filter.contains($0) } : free
        guard !pool.isEmpty else { return [] }
        let (places, knownPlaces) = (pool.map { scaled($0, map) }, known.map { scaled($0, map) })
        var distances = places.map { place in knownPlaces.map { distance(place, $0) }.min() ?? .infinity }
        while chosen.count < min(count, pool.count) {
            let index =
                distances.allSatisfy { $0 == .infinity }
                ? Int(random.unit() * Double(pool.count)) : distances.indices.max { distances[$0] < distances[$1] } ?? 0
            guard distances[index] > 0 else { break }
            chosen.append(pool[index])
            for other in places.indices {
                distances[other] = min(distances[other], distance(places[other], places[index]))
            }
        }
        return chosen
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

    private func distance(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
