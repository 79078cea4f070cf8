/// The parts of a covariance between all pairs of some points, kept for the gradient of the likelihood: the lower triangle, row
/// after row, in blocks of eight columns.
struct CovarianceTerms {
    private let covariance: Covariance
    private let n: Int
    private let d: Int
    private var joint: [Lanes] = []
    private var slope: [Lanes] = []
    private var additive: [Lanes] = []
    private var jointSlopes: [Lanes]
    private var additiveSlopes: [Lanes]

    init(_ covariance: Covariance, _ x: Matrix) {
        self.covariance = covariance
        (n, d) = (x.rows, x.columns)
        let points = CovariancePoints(covariance, x)
        let entries = (0..<x.rows).reduce(0) { $0 + $1 / Lanes.scalarCount + 1 }
        var jointSlopes = [Lanes](repeating: .zero, count: entries * d)
        var additiveSlopes = [Lanes](repeating: .zero, count: covariance.additivity > 0 ? entries * d : 0)
        joint.reserveCapacity(entries)
        slope.reserveCapacity(entries)
        additive.reserveCapacity(entries)
        for row in 0..<n {
            let point = points.point(row)
            for block in 0...row / Lanes.scalarCount {
                let terms = points.terms(
                    point, block, joint: &jointSlopes, additive: &additiveSlopes, at: joint.count * d)
                joint.append(terms.joint)
                slope.append(terms.slope)
                additive.append(terms.additive)
            }
        }
        (self.jointSlopes, self.additiveSlopes) = (jointSlopes, additiveSlopes)
    }

    /// The covariance with `noise` (n) on its diagonal; its upper triangle is not filled in.
    func matrix(noise: [Double]) -> Matrix {
        let together = covariance.variance * (1 - covariance.additivity)
        let alone = covariance.variance * covariance.additivity / Double(d)
        var k = Matrix(rows: n, columns: n)
        var entry = 0
        for row in 0..<n {
            for block in 0...row / Lanes.scalarCount {
                k.elements.write(
                    together * joint[entry] + alone * additive[entry], at: row * n + block * Lanes.scalarCount,
                    before: row * n + row)
                entry += 1
            }
            k.elements[row * n + row] = covariance.variance + noise[row]
        }
        return k
    }

    /// Half the trace of (alpha alpha' - A^-1) times each part's derivative, without the factors that parts have in common.
    struct Slopes {
        var lengthscales: [Double]
        var additiveLengthscales: [Double]
        /// Of the joint correlation and the mean additive one, off the diagonal.
        var joint = 0.0
        var additive = 0.0
        /// Of each diagonal element alone, not halved.
        var diagonal: [Double] = []
    }

    /// The slopes for `weights` alpha (n) and A^-1 (n x n, its lower triangle). Cost: n^2 d.
    func slopes(weights alpha: [Double], inverse: Matrix) -> Slopes {
        let padded = alpha.lanes
        var (together, alone) = (Lanes.zero, Lanes.zero)
        var lengthscales = [Lanes](repeating: .zero, count: d)
        var additiveLengthscales = [Lanes](repeating: .zero, count: d)
        var diagonal = [Double](repeating: 0, count: n)
        var entry = 0
        for row in 0..<n {
            for block in 0...row / Lanes.scalarCount {
                // Each pair once, for it counts twice, and one half.
                var weight = Lanes.zero
                let first = block * Lanes.scalarCount
                if first + Lanes.scalarCount <= row {
                    for lane in 0..<Lanes.scalarCount { weight[lane] = -inverse.elements[row * n + first + lane] }
                    weight += alpha[row] * padded[block]
                } else {
                    for column in first..<row {
                        weight[column - first] = alpha[row] * alpha[column] - inverse.elements[row * n + column]
                    }
                }
                together += weight * joint[entry]
                let sloped = weight * slope[entry]
                for j in 0..<d { lengthscales[j] += sloped * jointSlopes[entry * d + j] }
                if covariance.additivity > 0 {
                    alone += weight * additive[entry]
                    for j in 0..<d { additiveLengthscales[j] += weight * additiveSlopes[entry * d + j] }
                }
                entry += 1
            }
            diagonal[row] = alpha[row] * alpha[row] - inverse.elements[row * n + row]
        }
        return Slopes(
            lengthscales: lengthscales.map { $0.sum() }, additiveLengthscales: additiveLengthscales.map { $0.sum() },
            joint: together.sum(), additive: alone.sum() / Double(d), diagonal: diagonal)
    }
}
