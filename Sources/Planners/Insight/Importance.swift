import Campaigns
import Surrogates

extension ModelInsight {
    /// How much of the model's variance over the space a parameter accounts for.
    public struct Importance: Hashable, Sendable {
        public let parameter: String
        /// By itself (the first-order Sobol index): mean over the samples of the hyperparameters, least and largest.
        public let alone: Estimate
        /// With all its interactions (the total index).
        public let total: Estimate
    }

    /// A mean, and the range over the samples of the hyperparameters: how sure the model is.
    public struct Estimate: Hashable, Sendable {
        public let mean: Double
        public let low: Double
        public let high: Double

        init(_ values: [Double]) {
            mean = values.reduce(0, +) / Double(max(1, values.count))
            (low, high) = (values.min() ?? 0, values.max() ?? 0)
        }
    }

    private static let draws = 1024

    /// The Sobol indices of the predicted mean over the whole space, constraints left aside, in the scale of the model (Saltelli et al. 2010 for the
    /// first order, Jansen 1999 for the total). Cost: (d + 2) 1024 n for each sample of the hyperparameters.
    public var importance: [Importance] {
        let parameters = map.space.parameters
        var random = RandomNumbers(seed: seed, 1)
        func draw() -> [[Double]] {
            (0..<Self.draws).map { _ in map.coordinates(unit: parameters.map { _ in random.unit() }) }
        }
        let (a, b) = (draw(), draw())
        let mixed = parameters.indices.map { index in
            zip(a, b).map { one, other in
                var coordinates = one
                coordinates[index] = other[index]
                return coordinates
            }
        }
        let points = ([a, b] + mixed).map { Matrix(rows: $0.map(map.features(at:))) }
        var (alone, total) = (
            [[Double]](repeating: [], count: parameters.count), [[Double]](repeating: [], count: parameters.count)
        )
        for process in processes {
            let values = points.map(process.means(at:))
            let all = values[0] + values[1]
            let mean = all.reduce(0, +) / Double(all.count)
            let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
            guard variance > 0 else { continue }
            for index in parameters.indices {
                let changed = values[2 + index]
                var (first, jansen) = (0.0, 0.0)
                for draw in 0..<Self.draws {
                    let step = changed[draw] - values[0][draw]
                    first += (values[1][draw] - mean) * step
                    jansen += step * step
                }
                alone[index].append(min(1, max(0, first / Double(Self.draws) / variance)))
                total[index].append(min(1, max(0, jansen / Double(2 * Self.draws) / variance)))
            }
        }
        return parameters.indices.map { index in
            Importance(parameter: parameters[index].name, alone: Estimate(alone[index]), total: Estimate(total[index]))
        }
    }
}
