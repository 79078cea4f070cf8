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

    /// The transpose of this matrix times another one. Cost: BLAS dgemm.
    public func transposedTimes(_ other: Matrix) -> Matrix {
        var product = Matrix(rows: columns, columns: other.columns)
        guard rows > 0, columns > 0, other.columns > 0 else { return product }
        BLAS.prepare()
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(columns), Int32(other.columns), Int32(rows), 1, elements,
            Int32(columns), other.elements, Int32(other.columns), 0, &product.elements, Int32(other.columns))
        return product
    }

    /// The transpose.
    public var transposed: Matrix {
        var transposed = Matrix(rows: columns, columns: rows)
        for row in 0..<rows { for column in 0..<columns { transposed[column, row] = self[row, column] } }
        return transposed
    }

    /// The difference from another matrix of the same shape.
    public func minus(_ other: Matrix) -> Matrix {
        Matrix(rows: rows, columns: columns, elements: zip(elements, other.elements).map { $0 - $1 })
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
        guard b.rows > 0, b.columns > 0 else { return x }
        cblas_dtrsm(
            CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(b.rows), Int32(b.columns), 1,
            lower.elements, Int32(count), &x.elements, Int32(b.columns))
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
}

extension Matrix {
    /// Eigenvectors of a symmetric matrix, one a row, and their eigenvalues, ascending; nil if it has an element that is not
    /// finite, or the iteration does not converge. Cost: some 10 n^3.
    var eigen: (vectors: Matrix, values: [Double])? {
        guard rows > 0, elements.allSatisfy(\.isFinite) else { return nil }
        BLAS.prepare()
        var vectors = self
        var values = [Double](repeating: 0, count: rows)
        let status = LAPACKE_dsyev(
            BLAS.byColumns, Int8(UInt8(ascii: "V")), Int8(UInt8(ascii: "U")), Int32(rows), &vectors.elements,
            Int32(rows), &values)
        return status == 0 ? (vectors, values) : nil
    }
}

/// The library's one setting: one thread, which is faster for small matrices and gives the same bits everywhere.
enum BLAS {
    static let byColumns = Int32(LAPACK_COL_MAJOR)
    private static let threads: Void = openblas_set_num_threads(1)
    static func prepare() { threads }
    /// The kernels that the library has chosen for this processor, such as `Haswell`.
    static var kernels: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }
}

/// The scalar product. Cost: n.
public func dot(_ one: [Double], _ other: [Double]) -> Double {
    cblas_ddot(Int32(one.count), one, 1, other, 1)
}
