import CLAPACK
import Foundation

/// The Cholesky factor L of a symmetric positive definite matrix A = L L'.
public struct Cholesky: Sendable, Hashable {
    /// L, its upper triangle zero.
    public let lower: Matrix

    /// Factors the symmetric `matrix`; nil if it is not positive definite. Cost: n^3 / 3.
    public init?(_ matrix: Matrix) {
        BLAS.prepare()
        let n = matrix.rows
        var factor = matrix
        guard n > 0 else {
            lower = factor
            return
        }
        // The lower triangle by rows is the upper one by columns, which is what LAPACK reads without a copy.
        let status = LAPACKE_dpotrf_work(BLAS.byColumns, Int8(UInt8(ascii: "U")), Int32(n), &factor.elements, Int32(n))
        guard status == 0 else { return nil }
        for row in 0..<n { for column in row + 1..<max(n, row + 1) { factor.elements[row * n + column] = 0 } }
        lower = factor
    }

    private init(lower: Matrix) { self.lower = lower }

    /// The factor of a matrix that has this one's as its first block: `side` is L^-1 times the columns beside it (n x m), `corner`
    /// the factor of what is left of the last block, m x m. Cost: (n + m)^2.
    public func bordered(by side: Matrix, corner: Cholesky) -> Cholesky {
        let (n, m) = (count, corner.count)
        var whole = Matrix(rows: n + m, columns: n + m)
        for row in 0..<n {
            for column in 0...row { whole.elements[row * (n + m) + column] = lower.elements[row * n + column] }
        }
        for row in 0..<m {
            for column in 0..<n { whole[n + row, column] = side[column, row] }
            for column in 0...row { whole[n + row, n + column] = corner.lower[row, column] }
        }
        return Cholesky(lower: whole)
    }

    /// The order of the matrix.
    public var count: Int { lower.rows }

    /// log det A.
    public var logDeterminant: Double {
        var sum = 0.0
        for index in 0..<count { sum += log(lower[index, index]) }
        return 2 * sum
    }

    /// A^-1 b. Cost: 2 n^2.
    public func solve(_ b: [Double]) -> [Double] {
        var x = b
        triangular(&x, CblasNoTrans)
        triangular(&x, CblasTrans)
        return x
    }

    /// L^-1 b. Cost: n^2.
    public func solveLower(_ b: [Double]) -> [Double] {
        var x = b
        triangular(&x, CblasNoTrans)
        return x
    }

    /// L'^-1 b. Cost: n^2.
    public func solveUpper(_ b: [Double]) -> [Double] {
        var x = b
        triangular(&x, CblasTrans)
        return x
    }

    /// L^-1 B for B of n rows. Cost: n^2 a column.
    public func solveLower(_ b: Matrix) -> Matrix {
        var x = b
        triangular(&x, CblasNoTrans)
        return x
    }

    /// L'^-1 B for B of n rows. Cost: n^2 a column.
    public func solveUpper(_ b: Matrix) -> Matrix {
        var x = b
        triangular(&x, CblasTrans)
        return x
    }

    /// The lower triangle of A^-1, the upper one zero. Cost: 2 n^3 / 3.
    public var inverse: Matrix {
        var inverse = lower
        guard count > 0 else { return inverse }
        LAPACKE_dpotri_work(BLAS.byColumns, Int8(UInt8(ascii: "U")), Int32(count), &inverse.elements, Int32(count))
        return inverse
    }

    /// L times a vector. Cost: n^2.
    public func times(_ vector: [Double]) -> [Double] { lower.times(vector) }

    private func triangular(_ x: inout [Double], _ transpose: CBLAS_TRANSPOSE) {
        guard count > 0 else { return }
        cblas_dtrsv(
            CblasRowMajor, CblasLower, transpose, CblasNonUnit, Int32(count), lower.elements, Int32(count), &x, 1)
    }

    private func triangular(_ x: inout Matrix, _ transpose: CBLAS_TRANSPOSE) {
        guard x.rows > 0, x.columns > 0 else { return }
        cblas_dtrsm(
            CblasRowMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, Int32(x.rows), Int32(x.columns), 1,
            lower.elements, Int32(count), &x.elements, Int32(x.columns))
    }
}
