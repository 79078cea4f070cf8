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

    /// The transpose of this matrix times a vector. Cost: BLAS dgemv.
    public func transposedTimes(_ vector: [Double]) -> [Double] {
        var product = [Double](repeating: 0, count: columns)
        guard rows > 0, columns > 0 else { return product }
        BLAS.prepare()
        cblas_dgemv(
            CblasRowMajor, CblasTrans, Int32(rows), Int32(columns), 1, elements, Int32(columns), vector, 1, 0, &product,
            1)
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

extension [Double] {
    /// Takes the sum of squares of each column of a matrix from the element of its place: a variance that becomes a posterior one. Cost: its elements.
    mutating func subtractSquares(ofColumns matrix: Matrix) {
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                let element = matrix.elements[row * matrix.columns + column]
                self[column] -= element * element
            }
        }
    }
}

/// The scalar product. Cost: n.
public func dot(_ one: [Double], _ other: [Double]) -> Double {
    cblas_ddot(Int32(one.count), one, 1, other, 1)
}
