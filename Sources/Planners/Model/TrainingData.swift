import Campaigns
import Foundation
import Surrogates

/// Observations as a model takes them: features, values of which smaller ones are better, and what is known of their noise.
struct TrainingData: Sendable, Hashable {
    /// The features, n x d.
    let x: Matrix
    /// The values times ``sign`` and ``scale``.
    let values: [Double]
    /// 1, or the power of two that brings the largest value down to where differences and squares of values are finite.
    let scale: Double
    /// The standard deviations of the values' noise, as far as the campaign, their results or repeated measurements say what it is; 0 where nobody
    /// does, nil where nobody does of any.
    let deviations: [Double]?
    /// Whether the campaign says what the noise is.
    let isNoiseKnown: Bool
    /// Which values a person vouches for.
    let trusted: [Bool]
    /// On which side of it a value lies that is a limit only; nil for one that was measured.
    let sides: [GaussianProcess.Side?]
    /// +1 to minimize, -1 to maximize.
    let sign: Double
    /// The coordinates of each observation.
    let coordinates: [[Double]]
    /// Which observations of the input these are.
    let indices: [Int]
    /// How many observations could not be used, their value missing or not finite.
    let unusable: Int
    /// How many were left out because they look wrong.
    private(set) var leftOut = 0

    /// The usable ones of `observations`.
    init(_ observations: [Observation], objective: Objective, map: FeatureMap, learnsNoise: Bool = false) {
        let sign: Double = objective.goal == .minimize ? 1 : -1
        let finite = observations.indices.filter { observations[$0].values[objective.name]?.isFinite == true }
        let usable = finite.filter { map.knows(map.place(of: observations[$0])) }
        let largest = usable.reduce(0) { max($0, observations[$1].values[objective.name]?.magnitude ?? 0) }
        let scale = Self.scale(largest)
        self.init(
            coordinates: usable.map { map.coordinates(of: map.place(of: observations[$0])) },
            features: usable.flatMap { map.features(ofMeasured: map.place(of: observations[$0])) },
            values: usable.map { sign * scale * (observations[$0].values[objective.name] ?? 0) },
            sides: usable.map { index in
                observations[index].limits?[objective.name].map { ($0 == .below) == (sign > 0) ? .below : .above }
            },
            noise: objective.noise, learnsNoise: learnsNoise,
            errors: usable.map { observations[$0].errors?[objective.name] },
            trusted: usable.map { observations[$0].isTrusted ?? false }, sign: sign, scale: scale, indices: usable,
            unusable: observations.count - finite.count, map)
    }

    private init(
        coordinates: [[Double]], features: [Double], values: [Double], sides: [GaussianProcess.Side?], noise: Double?,
        learnsNoise: Bool, errors: [Double?], trusted: [Bool], sign: Double, scale: Double,
        indices: [Int],
        unusable: Int, _ map: FeatureMap
    ) {
        self.coordinates = coordinates
        self.values = values
        self.sides = sides
        self.sign = sign
        self.scale = scale
        self.indices = indices
        self.unusable = unusable
        self.trusted = trusted
        isNoiseKnown = noise != nil
        let isKnown = isNoiseKnown || errors.contains { $0 != nil }
        let x = Matrix(rows: coordinates.count, columns: map.metrics.count, elements: features)
        let replicates =
            learnsNoise && noise == nil
            ? ReplicateNoise(x, values, isCounted: zip(sides, errors).map { $0 == nil && $1 == nil }) : nil
        let usual = values.indices.map { replicates?.deviation(at: Array(x.row($0))) ?? (noise ?? 0) * scale }
        deviations =
            isKnown || replicates != nil
            ? zip(errors, usual).map { error, usual in error.map { $0 * scale } ?? usual } : nil
        self.x = x
    }

    private init(_ whole: TrainingData, at chosen: [Int]) {
        coordinates = chosen.map { whole.coordinates[$0] }
        values = chosen.map { whole.values[$0] }
        sides = chosen.map { whole.sides[$0] }
        deviations = whole.deviations.map { deviations in chosen.map { deviations[$0] } }
        isNoiseKnown = whole.isNoiseKnown
        trusted = chosen.map { whole.trusted[$0] }
        (sign, scale) = (whole.sign, whole.scale)
        indices = chosen.map { whole.indices[$0] }
        unusable = whole.unusable
        leftOut = whole.leftOut
        x = Matrix(
            rows: chosen.count, columns: whole.x.columns, elements: chosen.flatMap { Array(whole.x.row($0)) })
    }

    private static func scale(_ largest: Double) -> Double {
        let most = 500
        return largest.exponent > most ? Double(sign: .plus, exponent: most - Int(largest.exponent), significand: 1) : 1
    }

    /// How many observations.
    var count: Int { values.count }

    /// Whether nothing can be learnt of where values differ: all that were measured are equal, or none was.
    var isFlat: Bool {
        let values = measured.values
        return values.allSatisfy { $0 == values.first }
    }

    /// Whether some values are limits only.
    var isCensored: Bool { sides.contains { $0 != nil } }

    /// Those whose values are no limits: hyperparameters are learnt from them.
    var measured: TrainingData {
        isCensored ? TrainingData(self, at: sides.indices.filter { sides[$0] == nil }) : self
    }

    /// All but those at some of its positions.
    func without(_ positions: Set<Int>) -> TrainingData {
        guard !positions.isEmpty else { return self }
        var others = TrainingData(self, at: values.indices.filter { !positions.contains($0) })
        others.leftOut += positions.count
        return others
    }

    /// The first `count` of them.
    func prefix(_ count: Int) -> TrainingData { count >= self.count ? self : TrainingData(self, at: Array(0..<count)) }

    /// The squared distances of all of them from one, in the features. Cost: n d.
    func squaredDistances(from position: Int) -> [Double] {
        let center = Array(x.row(position))
        return values.indices.map { row in
            zip(x.row(row), center).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }

    /// At most `most` of them, in their order: the best quarter of what is allowed; of the others half those nearest to the best one
    /// in the features, half at random, which keep the model from forgetting the rest of the space. Cost: n d + n log n.
    func subset(_ most: Int, seed: UInt64) -> TrainingData {
        guard count > most else { return self }
        let byValue = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var chosen = Set(byValue.prefix(most / 4))
        let distances = squaredDistances(from: byValue[0])
        var random = RandomNumbers(seed: seed, count)
        var others = byValue.dropFirst(most / 4).sorted { (distances[$0], $0) < (distances[$1], $1) }
        let near = (most - chosen.count) / 2
        chosen.formUnion(others.prefix(near))
        others.removeFirst(near)
        others.shuffle(using: &random)
        chosen.formUnion(others.prefix(most - chosen.count))
        return TrainingData(self, at: chosen.sorted())
    }
}
