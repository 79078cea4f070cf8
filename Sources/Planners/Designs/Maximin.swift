import Surrogates

/// A maximin design (Johnson, Moore, Ylvisaker 1990), one place after the other.
enum Maximin {
    /// The indices of at most `count` of `places`, each as far as possible from those known and chosen before it, the first of equals; where nothing
    /// is known the first by chance. Where `takesTwins`, places that are the same may be chosen both. Cost: (known + count) places d.
    static func choose(
        _ count: Int, of places: [[Double]], from known: [[Double]], takesTwins: Bool, _ random: inout RandomNumbers
    ) -> [Int] {
        guard !places.isEmpty else { return [] }
        var distances = places.map { place in known.map { distance(place, $0) }.min() ?? .infinity }
        var chosen: [Int] = []
        while chosen.count < min(count, places.count) {
            let index =
                known.isEmpty && chosen.isEmpty
                ? Int(random.unit() * Double(places.count))
                : distances.indices.max { distances[$0] < distances[$1] } ?? 0
            guard distances[index] > 0 || takesTwins else { break }
            chosen.append(index)
            for other in places.indices {
                distances[other] = min(distances[other], distance(places[other], places[index]))
            }
            // Not once more, whatever is left.
            distances[index] = -1
        }
        return chosen
    }

    private static func distance(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
