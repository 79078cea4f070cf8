import CLAPACK
import Foundation

/// A dense matrix, row after row.
public struct Matrix: Sendable, Hashable {
    /// Number of rows.
    public let rows: Int
    /// Number of columns.
    public let columns: Int
    /// The elements, row after row.
    public var elements: [Double]

    /// A matrix of `rows` x `columns` elements, zero unless given.
    public init(rows: Int, columns: Int, elements: [Double]? = nil) {
        self.rows = rows
        self.columns = columns
        self.elements = elements ?? [Double](repeating: 0, count: rows * columns)
    }

    /// The matrix whose rows are given, all of one length.
    public init(rows: [[Double]]) {
        self.init(rows: rows.count, columns: rows.first?.count ?? 0, elements: Array(rows.joined()))
    }

    /// The element in a row and column.
    public subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    /// One row.
    public func row(_ index: Int) -> ArraySlice<Double> { elements[index * columns..<(index + 1) * columns] }

    /// The product with another matrix (or, by `transposed`, with its transpose). Cost: BLAS dgemm.
    public func times(_ other: Matrix, transposed: Bool = false) -> Matrix {
        let width = transposed ? other.rows : other.columns
        var product = Matrix(rows: rows, columns: width)
        guard rows > 0, width > 0, columns > 0 else { return product }
        BLAS.prepare()
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(rows), Int32(width),
            Int32(columns), 1, elements, Int32(columns), other.elements, Int32(other.columns), 0, &product.elements,
            Int32(width))
        return product
    }

    /// The product with a vector. Cost: BLAS dgemv.
    public func times(_ vector: [Double]) -> [Double] {
        var product = [Double](repeating: 0, count: rows)
        guard rows > 0, columns > 0 else { return product }
        BLAS.prepare()
        cblas_dgemv(
            CblasRowMajor, CblasNoTrans, Int32(rows), Int32(columns), 1, elements, Int32(columns), vector, 1, 0,
            &product, 1)
        return product
    }
}

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
        let status = LAPACKE_dpotrf(BLAS.byColumns, Int8(UInt8(ascii: "U")), Int32(n), &factor.elements, Int32(n))
        guard status == 0 else { return nil }
        for row in 0..<n {
            for column in row + 1..<max(n, row + 1) { factor[row, column] = 0 }
        }
        lower = factor
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
        guard b.rows > 0, b.columns > 0 else { return x }
        cblas_dtrsm(
            CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(b.rows), Int32(b.columns), 1,
            lower.elements, Int32(count), &x.elements, Int32(b.columns))
        return x
    }

    /// A^-1. Cost: 2 n^3 / 3.
    public var inverse: Matrix {
        var inverse = lower
        guard count > 0 else { return inverse }
        LAPACKE_dpotri(BLAS.byColumns, Int8(UInt8(ascii: "U")), Int32(count), &inverse.elements, Int32(count))
        for row in 0..<count {
            for column in row + 1..<max(count, row + 1) { inverse[row, column] = inverse[column, row] }
        }
        return inverse
    }

    /// L times a vector. Cost: n^2.
    public func times(_ vector: [Double]) -> [Double] { lower.times(vector) }

    private func triangular(_ x: inout [Double], _ transpose: CBLAS_TRANSPOSE) {
        guard count > 0 else { return }
        cblas_dtrsv(
            CblasRowMajor, CblasLower, transpose, CblasNonUnit, Int32(count), lower.elements, Int32(count), &x, 1)
    }
}

/// The library's one setting: one thread, which is faster for small matrices and gives the same bits everywhere.
enum BLAS {
    static let byColumns = Int32(LAPACK_COL_MAJOR)
    private static let threads: Void = openblas_set_num_threads(1)
    static func prepare() { threads }
}

/// The scalar product. Cost: n.
public func dot(_ one: [Double], _ other: [Double]) -> Double {
    cblas_ddot(Int32(one.count), one, 1, other, 1)
}
