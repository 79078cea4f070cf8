import Foundation
import Surrogates
import Testing

@Suite("A Gaussian process")
struct GaussianProcessTests {
    private let x = Matrix(rows: [[0.1, 0.2], [0.4, 0.9], [0.7, 0.3], [0.9, 0.8], [0.3, 0.5]])
    private let y = [0.5, -1.2, 0.3, 1.1, -0.7]

    @Test("reproduces what it knows where there is no noise, and is sure of it")
    func interpolation() throws {
        let process = try #require(knowing(noise: 1e-6))
        let (means, variances) = process.posterior(x)
        for (index, value) in y.enumerated() {
            #expect(abs(means[0, index] - value) < 1e-3)
            #expect(variances[index] < 1e-5)
        }
        #expect(zip(process.knownMeans.elements, means.elements).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("falls back to its mean and variance far from everything")
    func prior() throws {
        let process = try #require(knowing(noise: 0.02))
        let (means, variances) = process.posterior(Matrix(rows: [[70, 90]]))
        #expect(abs(means[0, 0] - process.mean) < 1e-9)
        #expect(abs(variances[0] - process.covariance.variance) < 1e-9)
    }

    @Test("has the gradients of finite differences in its point")
    func pointGradients() throws {
        let process = try #require(knowing(noise: 0.02))
        let point = [0.33, 0.61]
        let posterior = process.posterior(at: point)
        let byMean = posterior.gradient(means: [1], standardDeviation: 0)
        let byDeviation = posterior.gradient(means: [0], standardDeviation: 1)
        for index in point.indices {
            let h = 1e-6
            var (up, down) = (point, point)
            up[index] += h
            down[index] -= h
            let (one, two) = (process.posterior(at: up), process.posterior(at: down))
            #expect(abs((one.means[0] - two.means[0]) / (2 * h) - byMean[index]) < 1e-6)
            let slope = (one.variance.squareRoot() - two.variance.squareRoot()) / (2 * h)
            #expect(abs(slope - byDeviation[index]) < 1e-6)
        }
    }

    @Test("says the same at many points as at one")
    func batch() throws {
        let process = try #require(knowing(noise: 0.02))
        let points = [[0.2, 0.2], [0.5, 0.5], [0.8, 0.1]]
        let (means, variances) = process.posterior(Matrix(rows: points))
        let covariance = process.covariance(Matrix(rows: points))
        for (index, point) in points.enumerated() {
            let one = process.posterior(at: point)
            #expect(abs(one.means[0] - means[0, index]) < 1e-12)
            #expect(abs(one.variance - variances[index]) < 1e-12)
            #expect(abs(one.variance - covariance[index, index]) < 1e-12)
        }
    }

    @Test("gets over points that lie too close for numbers, by jitter that it tells")
    func closeness() throws {
        let close = Matrix(rows: (0..<40).map { [0.5 + 1e-6 * Double($0), 0.5] })
        let zeros = [Double](repeating: 0, count: 40)
        let process = try #require(GaussianProcess(covariance, x: close, values: Matrix(rows: [zeros]), noise: zeros))
        #expect(process.jitter > 0)
        #expect(process.posterior(at: [0.5, 0.5]).means[0].isFinite)
    }

    @Test("believes a measurement of small noise more than one of large noise")
    func unequalNoise() throws {
        let twice = Matrix(rows: [[0.5, 0.5], [0.5, 0.5]])
        let process = try #require(
            GaussianProcess(covariance, x: twice, values: Matrix(rows: [[1, 2]]), noise: [1, 0.01], mean: 0))
        // The prior and the two measurements, weighted by their precisions.
        let expected = (1 / 1.0 + 2 / 0.01) / (1 / process.covariance.variance + 1 + 100)
        #expect(abs(process.posterior(at: [0.5, 0.5]).means[0] - expected) < 1e-9)
    }

    @Test("knows fantasies as it would know measurements")
    func fantasies() throws {
        let process = try #require(knowing(noise: 1e-3))
        var random = RandomNumbers(seed: 5)
        let pending = Matrix(rows: [[0.2, 0.7], [0.25, 0.7]])
        let imagined = try #require(process.fantasizing(pending, noise: 1e-3, count: 3, random: &random))
        let direct = try #require(
            GaussianProcess(
                process.covariance, x: imagined.x, values: imagined.values, noise: imagined.noise, mean: process.mean))
        let (one, two) = (imagined.posterior(at: [0.4, 0.4]), direct.posterior(at: [0.4, 0.4]))
        #expect(zip(one.means, two.means).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(abs(one.variance - two.variance) < 1e-9)
        #expect(Set(one.means).count == 3)
    }

    @Test("knows the same of many pending points, block by block and cached, as of few at once")
    func manyFantasies() throws {
        let process = try #require(knowing(noise: 1e-3))
        var random = RandomNumbers(seed: 6)
        let pending = Matrix(rows: (0..<21).map { _ in [random.unit(), random.unit()] })
        let places = Matrix(rows: (0..<12).map { _ in [random.unit(), random.unit()] })
        var (one, other) = (RandomNumbers(seed: 7), RandomNumbers(seed: 7))
        let whole = try #require(process.fantasizing(pending, noise: 1e-3, count: 4, random: &one))
        let known = KnownPoints(process)
        for _ in 0..<2 {
            let parts = try #require(
                FantasizedProcess(known, pending: pending, noise: 1e-3, count: 4, random: &other))
            other = RandomNumbers(seed: 7)
            func differ(_ one: [Double], _ other: [Double]) -> Bool {
                one.count != other.count || zip(one, other).contains { abs($0 - $1) > 1e-8 }
            }
            #expect(!differ(parts.knownMeans.elements, whole.knownMeans.elements))
            let (ours, theirs) = (parts.posterior(places), whole.posterior(places))
            #expect(!differ(ours.means.elements, theirs.means.elements) && !differ(ours.variances, theirs.variances))
            for row in 0..<places.rows {
                let (ours, theirs) = (
                    parts.posterior(at: Array(places.row(row))), whole.posterior(at: Array(places.row(row)))
                )
                #expect(!differ(ours.means, theirs.means) && abs(ours.variance - theirs.variance) < 1e-8)
                #expect(
                    !differ(
                        ours.gradient(means: [0.4, 0.3, 0.2, 0.1], standardDeviation: 0.7),
                        theirs.gradient(means: [0.4, 0.3, 0.2, 0.1], standardDeviation: 0.7)))
            }
        }
    }

    private var covariance: Covariance {
        Covariance(
            metrics: [.numeric, .numeric], lengthscales: [0.6, 1.3], variance: 1.2, additiveLengthscales: [0.8, 0.5],
            additivity: 0.3)
    }

    private func knowing(noise: Double) -> GaussianProcess? {
        GaussianProcess(covariance, x: x, values: Matrix(rows: [y]), noise: [Double](repeating: noise, count: 5))
    }
}

@Suite("Linear algebra")
struct LinearAlgebraTests {
    private let a = Matrix(rows: [[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]])

    @Test("factors, solves and inverts a positive definite matrix")
    func cholesky() throws {
        let factor = try #require(Cholesky(a))
        let product = factor.lower.times(factor.lower, transposed: true)
        #expect(zip(product.elements, a.elements).allSatisfy { abs($0 - $1) < 1e-12 })
        let b = [1.0, -2, 0.5]
        #expect(zip(a.times(factor.solve(b)), b).allSatisfy { abs($0 - $1) < 1e-12 })
        // Only the lower triangle is filled in.
        var inverse = factor.inverse
        for row in 0..<3 { for column in row + 1..<max(3, row + 1) { inverse[row, column] = inverse[column, row] } }
        let identity = a.times(inverse)
        for row in 0..<3 {
            for column in 0..<3 { #expect(abs(identity[row, column] - (row == column ? 1 : 0)) < 1e-12) }
        }
        // det by the rule of Sarrus.
        #expect(abs(factor.logDeterminant - log(4 * 3 * 2 + 2 * 1 * 0.2 * 0.5 - 0.25 * 3 - 0.04 * 4 - 2)) < 1e-12)
    }

    @Test("refuses a matrix that is not positive definite")
    func indefinite() {
        #expect(Cholesky(Matrix(rows: [[1, 2], [2, 1]])) == nil)
    }
}

@Suite("A minimizer")
struct MinimizerTests {
    @Test("finds a minimum inside and at the edge of its box")
    func bowl() {
        let inside = Minimizer.minimize(from: [0.9, 0.9], low: [0, 0], high: [1, 1], limit: 200, tolerance: 1e-12) {
            x, gradient in
            gradient = [2 * (x[0] - 0.3), 4 * (x[1] - 0.6)]
            return (x[0] - 0.3) * (x[0] - 0.3) + 2 * (x[1] - 0.6) * (x[1] - 0.6)
        }
        #expect(abs(inside.point[0] - 0.3) < 1e-4 && abs(inside.point[1] - 0.6) < 1e-4)
        // In a polytope: the nearest point to (2, 1.5) of x + y = 1.2 with x <= y + 0.1, and without the equation x + y <= 1.2.
        let sum = Minimizer.Linear(slope: [1, 1], constant: -1.2)
        let order = Minimizer.Linear(slope: [1, -1], constant: -0.1)
        for polytope in [
            Minimizer.Polytope(zero: [sum], atMostZero: [order]), Minimizer.Polytope(atMostZero: [sum, order]),
        ] {
            let corner = Minimizer.minimize(
                from: [0.4, 0.8], low: [0, 0], high: [1, 1], limit: 200, tolerance: 1e-12, in: polytope
            ) { x, gradient in
                (gradient[0], gradient[1]) = (2 * (x[0] - 2), 2 * (x[1] - 1.5))
                return (x[0] - 2) * (x[0] - 2) + (x[1] - 1.5) * (x[1] - 1.5)
            }
            #expect(abs(corner.point[0] - 0.65) < 1e-6 && abs(corner.point[1] - 0.55) < 1e-6, "\(corner.point)")
        }
        let edge = Minimizer.minimize(from: [0.5], low: [0], high: [1], limit: 100) { x, gradient in
            gradient = [1]
            return x[0]
        }
        #expect(edge.point[0] < 1e-6)
    }

    @Test("steps back from where the function is not finite")
    func cliff() {
        let outcome = Minimizer.minimize(from: [0.5], low: [-1], high: [1], limit: 100) { x, gradient in
            gradient = [2 * x[0] - 0.2]
            return x[0] < 0 ? .nan : x[0] * x[0] - 0.2 * x[0]
        }
        #expect(outcome.value.isFinite && outcome.point[0] >= 0)
    }
}

@Suite("An output transform")
struct OutputTransformTests {
    static let warps: [OutputTransform.Warp] = [
        .identity, .power(-2), .power(0), .power(0.5), .power(1), .power(2), .power(4), .logarithm(-5), .logarithm(0),
        .logarithm(5),
    ]

    @Test("comes back to where it went from, and keeps the order", arguments: warps)
    func roundTrip(warp: OutputTransform.Warp) {
        let values = [-3.0, -0.5, 0, 0.1, 2, 40]
        let transform = OutputTransform(values, warp: warp)
        for value in values {
            #expect(abs(transform.backward(transform.forward(value)) - value) < 1e-6 * max(1, abs(value)))
        }
        for (low, high) in zip(values, values.dropFirst()) { #expect(transform.forward(low) < transform.forward(high)) }
    }

    @Test("has the Jacobian of finite differences", arguments: warps)
    func jacobian(warp: OutputTransform.Warp) {
        // Away from the least value, where the logarithm bends.
        let (all, values) = ([-1.0, -0.5, 0.5, 2, 7], [-0.5, 0.5, 2, 7])
        let transform = OutputTransform(all, warp: warp)
        let h = 1e-6
        let sum = values.reduce(0) { $0 + log((transform.forward($1 + h) - transform.forward($1 - h)) / (2 * h)) }
        #expect(abs(transform.logJacobian(values) - sum) < 1e-5)
    }

    @Test("takes the noise of a measurement along by its slope", arguments: warps)
    func noise(warp: OutputTransform.Warp) {
        let values = [-1.0, 0.5, 2, 7]
        let transform = OutputTransform(values, warp: warp)
        let noise = transform.noise(values, [0.1, 0.1, 0.1, 0.1], beside: 0)
        let h = 1e-6
        let slope = (transform.forward(2 + h) - transform.forward(2 - h)) / (2 * h)
        #expect(abs(noise[2] - 0.01 * slope * slope) < 1e-6 * noise[2] + 1e-12)
    }

    @Test(
        "leaves constant, tiny and huge values finite",
        arguments: [[5, 5, 5], [1e-12, 2e-12, 3e-12], [1e12, 2e12, -1e12], [1e300, -1e300, 0]])
    func extremes(values: [Double]) {
        for warp in Self.warps {
            let transform = OutputTransform(values, warp: warp)
            #expect(values.allSatisfy { transform.forward($0).isFinite }, "\(warp)")
        }
    }
}
