import Foundation
import Synchronization

/// A process that also knows joint fantasies of many pending points.
///
/// It keeps what is known apart from what is pending: the factor of the known points is not copied, and what other points have to do with
/// them is computed once for all recommendations that know the same. With few pending points ``GaussianProcess/fantasizing(_:noise:count:random:)``
/// comes to the same, but for rounding.
public struct FantasizedProcess: SurrogateModel {
    private let known: KnownPoints
    /// L^-1 times the covariances of known and pending points, n x m.
    private let side: Matrix
    /// The factor of the pending points' posterior covariance with noise, m x m.
    private let corner: Cholesky
    /// By how many deviations each fantasy is off its prediction, in the order of the factor: k x m.
    private let innovations: Matrix
    private let pending: Matrix
    /// All points, and A^-1 (y - mean) for each column of values: k x (n + m).
    private let points: CovariancePoints
    private let weights: Matrix
    public let knownMeans: Matrix
    public let jitter: Double

    /// The process that knows `count` joint fantasies of what the rows of `pending` (m x d) will bring, each with noise variance `pendingNoise`,
    /// beside what is known. Nil if their covariance cannot be factored. Cost: n^2 (m + count) + n m^2.
    public init?(
        _ known: KnownPoints, pending: Matrix, noise pendingNoise: Double, count: Int, random: inout RandomNumbers
    ) {
        let process = known.process
        let (covariance, n, m) = (process.covariance, process.x.rows, pending.rows)
        self.known = known
        side = known.solved(blocksOf: pending)
        let spread = max(pendingNoise, 1e-9 * covariance.variance) + process.jitter
        let posterior = covariance(pending, noise: [Double](repeating: spread, count: m))
            .minus(side.transposedTimes(side))
        guard let (corner, further) = GaussianProcess.factor(posterior, scale: covariance.variance) else { return nil }
        self.corner = corner
        jitter = max(process.jitter, further)
        self.pending = pending
        let all = Matrix(rows: n + m, columns: pending.columns, elements: process.x.elements + pending.elements)
        points = CovariancePoints(covariance, all)

        innovations = Matrix(rows: count, columns: m, elements: (0..<count * m).map { _ in random.normal() })
        let means = side.transposedTimes(known.half).map { $0 + process.mean }
        let ofPending = corner.solveUpper(innovations.transposed)  // m x k
        var rest = side.times(ofPending)  // n x k
        for row in 0..<n {
            for column in 0..<count { rest[row, column] = known.half[row] - rest[row, column] }
        }
        let ofKnown = process.factor.solveUpper(rest)
        var weights = Matrix(rows: count, columns: n + m)
        var knownMeans = Matrix(rows: count, columns: n + m)
        for fantasy in 0..<count {
            let drawn = corner.times(Array(innovations.row(fantasy)))
            for index in 0..<n + m {
                let isKnown = index < n
                weights[fantasy, index] = isKnown ? ofKnown[index, fantasy] : ofPending[index - n, fantasy]
                let value = isKnown ? process.values[0, index] : means[index - n] + drawn[index - n]
                let noise = isKnown ? process.noise[index] + process.jitter : spread
                knownMeans[fantasy, index] = value - noise * weights[fantasy, index]
            }
        }
        (self.weights, self.knownMeans) = (weights, knownMeans)
    }

    /// The means (k x c) and the variances (c) at the rows of `points` (c x d). Cost: n m c, and once for all who know the same n^2 c.
    public func posterior(_ points: Matrix) -> (means: Matrix, variances: [Double]) {
        let base = known.candidates(points)
        let cross = known.process.covariance(pending, points)
        let solved = corner.solveLower(cross.minus(side.transposedTimes(base.solved)))  // m x c
        var (means, variances) = (innovations.times(solved), base.variances)
        for row in 0..<means.rows {
            for column in 0..<means.columns { means[row, column] += base.means[column] }
        }
        variances.subtractSquares(ofColumns: solved)
        let floor = known.process.covariance.variance * 1e-12
        return (means, variances.map { max($0, floor) })
    }

    /// The posterior at one point, with the gradients that a search needs. Cost: 2 n^2 + n m + k n.
    public func posterior(at point: [Double]) -> PointPosterior {
        let process = known.process
        let place = CovariancePoint(process.covariance, point)
        let cross = points.covariances(place)
        let first = process.factor.solveLower(Array(cross[..<process.x.rows]))
        let expected = side.transposedTimes(first)
        let second = corner.solveLower(zip(cross[process.x.rows...], expected).map { $0 - $1 })
        let variance = process.covariance.variance - dot(first, first) - dot(second, second)
        let ofPending = corner.solveUpper(second)
        let ofKnown = process.factor.solveUpper(zip(first, side.times(ofPending)).map { $0 - $1 })
        return PointPosterior(
            points: points, weights: weights, place: place, means: weights.times(cross).map { $0 + process.mean },
            variance: max(variance, process.covariance.variance * 1e-12), solved: ofKnown + ofPending)
    }
}

/// The points that a process knows, and what was computed of other points beside them. What it holds changes no answer.
public final class KnownPoints: Sendable {
    /// The process, which has one column of values.
    public let process: GaussianProcess
    /// L^-1 (y - mean).
    let half: [Double]
    private let seen = Mutex<[Matrix: Candidates]>([:])
    private let blocks = Mutex<[Matrix: Matrix]>([:])

    /// Pending points are solved in blocks of so many, whole or not yet: so a point more changes the last block only.
    private static let block = 8

    /// Candidates beside the known points.
    struct Candidates {
        /// L^-1 times their covariances with the known points, n x c.
        let solved: Matrix
        let means: [Double]
        let variances: [Double]
    }

    /// The points of `process`.
    public init(_ process: GaussianProcess) {
        self.process = process
        half = process.factor.solveLower(process.values.row(0).map { $0 - process.mean })
    }

    /// What is known of the rows of `points`. Cost: n^2 c, the first time.
    func candidates(_ points: Matrix) -> Candidates {
        if let known = seen.withLock({ $0[points] }) { return known }
        let solved = process.factor.solveLower(process.covariance(process.x, points))
        let means = solved.transposedTimes(half).map { $0 + process.mean }
        var variances = [Double](repeating: process.covariance.variance, count: points.rows)
        variances.subtractSquares(ofColumns: solved)
        let candidates = Candidates(solved: solved, means: means, variances: variances)
        seen.withLock { $0[points] = candidates }
        return candidates
    }

    /// L^-1 times the covariances of the known points with the rows of `pending`, n x m. Cost: n^2 m, less what was computed before.
    func solved(blocksOf pending: Matrix) -> Matrix {
        var solved = Matrix(rows: process.x.rows, columns: pending.rows)
        for first in stride(from: 0, to: pending.rows, by: Self.block) {
            let rows = first..<min(first + Self.block, pending.rows)
            let block = Matrix(
                rows: rows.count, columns: pending.columns,
                elements: Array(pending.elements[rows.lowerBound * pending.columns..<rows.upperBound * pending.columns])
            )
            let part = self.solved(block)
            for row in 0..<part.rows {
                for column in 0..<part.columns { solved[row, first + column] = part[row, column] }
            }
        }
        return solved
    }

    private func solved(_ block: Matrix) -> Matrix {
        if let known = blocks.withLock({ $0[block] }) { return known }
        let solved = process.factor.solveLower(process.covariance(process.x, block))
        blocks.withLock { $0[block] = solved }
        return solved
    }
}
