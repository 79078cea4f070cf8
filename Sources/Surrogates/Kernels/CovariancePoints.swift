import Foundation

/// One point, and what a covariance needs of it again and again.
struct CovariancePoint {
    let features: [Double]
    /// exp(+x / q) and exp(-x / q), up to the factor sqrt(5).
    let rising: [Double]
    let falling: [Double]

    init(features: [Double], rising: [Double], falling: [Double]) {
        (self.features, self.rising, self.falling) = (features, rising, falling)
    }

    init(_ covariance: Covariance, _ features: some Collection<Double>) {
        self.features = Array(features)
        guard covariance.additivity > 0 else {
            (rising, falling) = (self.features, self.features)
            return
        }
        let scaled = zip(self.features, covariance.additiveLengthscales).map { 5.0.squareRoot() * $0 / $1 }
        rising = scaled.map { exp($0) }
        falling = scaled.map { exp(-$0) }
    }
}

/// The points on one side of a covariance, in blocks of eight.
///
/// The exponential of a distance in one feature is the product of two exponentials of one point each, which are made once:
/// the additive part costs no further one.
struct CovariancePoints: Sendable {
    let covariance: Covariance
    /// How many points.
    let count: Int
    /// How many blocks.
    let blocks: Int
    private let d: Int
    /// Block after block, and feature after feature in each.
    private let features: [Lanes]
    private let rising: [Lanes]
    private let falling: [Lanes]
    private let jointScales: [Double]
    private let additiveScales: [Double]
    /// The correlation of two different options in the additive part.
    private let otherOption: [Double]
    private let isNominal: [Bool]

    init(_ covariance: Covariance, _ x: Matrix) {
        self.covariance = covariance
        let width = Lanes.scalarCount
        count = x.rows
        d = x.columns
        let blocks = (x.rows + width - 1) / width
        self.blocks = blocks
        isNominal = covariance.metrics.map { $0 == .nominal }
        jointScales = covariance.lengthscales.map { 5 / ($0 * $0) }
        let additiveScales = covariance.additiveLengthscales.map { 5.0.squareRoot() / $0 }
        self.additiveScales = additiveScales
        otherOption = additiveScales.map { Matern.value($0) }
        var features = [Lanes](repeating: .zero, count: blocks * x.columns)
        for row in 0..<x.rows {
            for column in 0..<x.columns { features[row / width * x.columns + column][row % width] = x[row, column] }
        }
        self.features = features
        guard covariance.additivity > 0 else {
            (rising, falling) = ([], [])
            return
        }
        var (rising, falling) = (features, features)
        for row in 0..<x.rows {
            for column in 0..<x.columns {
                let scaled = additiveScales[column] * x[row, column]
                rising[row / width * x.columns + column][row % width] = exp(scaled)
                falling[row / width * x.columns + column][row % width] = exp(-scaled)
            }
        }
        (self.rising, self.falling) = (rising, falling)
    }

    /// One of the points.
    func point(_ index: Int) -> CovariancePoint {
        let (block, lane) = (index / Lanes.scalarCount, index % Lanes.scalarCount)
        func values(_ lanes: [Lanes]) -> [Double] {
            lanes.isEmpty ? [] : (0..<d).map { lanes[block * d + $0][lane] }
        }
        return CovariancePoint(features: values(features), rising: values(rising), falling: values(falling))
    }

    /// Squared joint distance times five, and the sum of the additive correlations, of a point and a block.
    @inline(__always)
    func distances(_ point: CovariancePoint, _ block: Int) -> (joint: Lanes, additive: Lanes) {
        var (joint, additive) = (Lanes.zero, Lanes.zero)
        let withAdditive = !rising.isEmpty
        for j in 0..<d {
            let difference = features[block * d + j] - point.features[j]
            if isNominal[j] {
                let differs = difference .!= Lanes.zero
                joint += Lanes.zero.replacing(with: jointScales[j], where: differs)
                if withAdditive { additive += Lanes.one.replacing(with: otherOption[j], where: differs) }
            } else {
                joint += jointScales[j] * difference * difference
                if withAdditive {
                    let t = difference.magnitudes * additiveScales[j]
                    additive += (1 + t + t * t * (1.0 / 3)) * decay(point, block, j)
                }
            }
        }
        return (joint, additive)
    }

    @inline(__always)
    private func decay(_ point: CovariancePoint, _ block: Int, _ j: Int) -> Lanes {
        (rising[block * d + j] * point.falling[j]).atMost(falling[block * d + j] * point.rising[j])
    }

    /// The covariances of a point with the points of a block. Cost: d.
    @inline(__always)
    func covariances(_ point: CovariancePoint, _ block: Int) -> Lanes {
        let (joint, additive) = distances(point, block)
        let share = covariance.additivity
        let together = (covariance.variance * (1 - share)) * Matern.value(joint.squareRoot())
        return share > 0 ? together + (covariance.variance * share / Double(d)) * additive : together
    }

    /// The covariances of a point with all points. Cost: n d.
    func covariances(_ point: CovariancePoint) -> [Double] {
        var k = [Double](repeating: 0, count: count)
        for block in 0..<blocks { k.write(covariances(point, block), at: block * Lanes.scalarCount, before: count) }
        return k
    }

    /// The gradient by the point's features of the sum over points i of `weights[i]` k(x_i, point). Cost: n d.
    func gradient(_ point: CovariancePoint, weights: [Double]) -> [Double] {
        var gradient = [Lanes](repeating: .zero, count: d)
        let share = covariance.additivity
        for (block, weight) in weights.lanes.enumerated() {
            let (joint, _) = distances(point, block)
            let slope = (covariance.variance * (1 - share)) * weight * Matern.slope(joint.squareRoot())
            let alone = (covariance.variance * share / Double(d)) * weight
            for j in 0..<d where !isNominal[j] {
                let difference = features[block * d + j] - point.features[j]
                gradient[j] += slope * difference * jointScales[j]
                if share > 0 {
                    let t = difference.magnitudes * additiveScales[j]
                    let factor = additiveScales[j] * additiveScales[j] / 3
                    gradient[j] += alone * difference * factor * (1 + t) * decay(point, block, j)
                }
            }
        }
        return gradient.map { $0.sum() }
    }

    /// For the likelihood's gradient: joint correlation and its slope, additive correlations and, in `slopes`, t^2 (1 + t) exp(-t) / 3
    /// for each feature. Cost: d.
    @inline(__always)
    func terms(
        _ point: CovariancePoint, _ block: Int, joint slopes: inout [Lanes], additive alone: inout [Lanes],
        at place: Int
    ) -> (joint: Lanes, slope: Lanes, additive: Lanes) {
        var (joint, additive) = (Lanes.zero, Lanes.zero)
        let withAdditive = !rising.isEmpty
        for j in 0..<d {
            let difference = features[block * d + j] - point.features[j]
            if isNominal[j] {
                let differs = difference .!= Lanes.zero
                slopes[place + j] = Lanes.zero.replacing(with: jointScales[j], where: differs)
                if withAdditive {
                    additive += Lanes.one.replacing(with: otherOption[j], where: differs)
                    let t = additiveScales[j]
                    alone[place + j] = Lanes.zero.replacing(with: t * t * Matern.slope(t), where: differs)
                }
            } else {
                slopes[place + j] = jointScales[j] * difference * difference
                if withAdditive {
                    let t = difference.magnitudes * additiveScales[j]
                    let decay = decay(point, block, j)
                    additive += (1 + t + t * t * (1.0 / 3)) * decay
                    alone[place + j] = t * t * (1 + t) * (1.0 / 3) * decay
                }
            }
            joint += slopes[place + j]
        }
        let t = joint.squareRoot()
        let decay = Lanes.decay(t)
        return ((1 + t + t * t * (1.0 / 3)) * decay, (1 + t) * (1.0 / 3) * decay, additive)
    }
}
