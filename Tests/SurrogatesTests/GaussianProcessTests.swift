import Foundation
import Surrogates
import Testing

@Suite("A Gaussian process")
struct GaussianProcessTests {
    private let x = Matrix(rows: [[0.1, 0.2], [0.4, 0.9], [0.7, 0.3], [0.9, 0.8], [0.3, 0.5]])
    private let y = [0.5, -1.2, 0.3, 1.1, -0.7]
    private let logarithms = [-0.5, 0.3, 0.2, -4.0]
    private let groups = [0, 1]

    @Test("has the likelihood's gradient of finite differences")
    func gradient() throws {
        let likelihood = MarginalLikelihood(x: x, y: y, groups: groups)
        let (_, gradient) = try #require(likelihood.evaluate(logarithms))
        for index in logarithms.indices {
            let h = 1e-5
            var (up, down) = (logarithms, logarithms)
            up[index] += h
            down[index] -= h
            let slope =
                (try #require(likelihood.evaluate(up)).value - #require(likelihood.evaluate(down)).value) / (2 * h)
            #expect(abs(slope - gradient[index]) < 1e-6 * max(1, abs(slope)), "parameter \(index)")
        }
    }

    @Test("shares a lengthscale within a group, and its gradient adds up")
    func grouped() throws {
        let shared = MarginalLikelihood(x: x, y: y, groups: [0, 0])
        let apart = MarginalLikelihood(x: x, y: y, groups: [0, 1])
        let one = try #require(shared.evaluate([-0.5, 0.2, -4]))
        let two = try #require(apart.evaluate([-0.5, -0.5, 0.2, -4]))
        #expect(abs(one.value - two.value) < 1e-10)
        #expect(abs(one.gradient[0] - two.gradient[0] - two.gradient[1]) < 1e-9)
    }

    @Test("reproduces what it knows where there is no noise, and is sure of it")
    func interpolation() throws {
        let process = try #require(knowing(noise: -13.8))
        let (means, variances) = process.posterior(x)
        for (index, value) in y.enumerated() {
            #expect(abs(means[0, index] - value) < 1e-3)
            #expect(variances[index] < 1e-5)
        }
        #expect(zip(process.knownMeans.elements, means.elements).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("falls back to its mean and variance far from everything")
    func prior() throws {
        let process = try #require(knowing(noise: -4))
        let (means, variances) = process.posterior(Matrix(rows: [[100, 100]]))
        #expect(abs(means[0, 0] - process.mean) < 1e-9)
        #expect(abs(variances[0] - process.hyperparameters.kernel.variance) < 1e-9)
    }

    @Test("has the gradients of finite differences in its point")
    func pointGradients() throws {
        let process = try #require(knowing(noise: -4))
        let point = [0.33, 0.61]
        let posterior = process.posterior(at: point)
        let byMean = posterior.gradient(means: [1], deviation: 0)
        let byDeviation = posterior.gradient(means: [0], deviation: 1)
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
        let process = try #require(knowing(noise: -4))
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

    @Test("gets over points that coincide, by jitter that it tells")
    func coincidence() throws {
        let twice = Matrix(rows: [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])
        let hyperparameters = Hyperparameters(logarithms: [0, 0, 0, -60], groups: groups)
        let process = try #require(
            GaussianProcess(hyperparameters, x: twice, values: Matrix(rows: [[1, 1, 1]])))
        #expect(process.jitter > 0)
        #expect(process.posterior(at: [0.5, 0.5]).means[0].isFinite)
    }

    @Test("finds hyperparameters that are at least as likely as those that made the values")
    func fit() throws {
        var generator = SystemRandomNumberGenerator()
        let points = Matrix(
            rows: (0..<30).map { _ in
                [Double.random(in: 0...1, using: &generator), .random(in: 0...1, using: &generator)]
            })
        let values = (0..<30).map { sin(6 * points[$0, 0]) }
        let mean = values.reduce(0, +) / 30
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 29).squareRoot()
        let outcome = try #require(
            HyperparameterFit.fit(x: points, y: values.map { ($0 - mean) / deviation }, groups: groups))
        let kernel = outcome.hyperparameters.kernel
        #expect(kernel.lengthscales[1] > 3 * kernel.lengthscales[0], "the second feature does nothing")
        #expect(outcome.hyperparameters.noise < 1e-2)
    }

    private func knowing(noise: Double) -> GaussianProcess? {
        let hyperparameters = Hyperparameters(logarithms: [-0.5, 0.3, 0.2, noise], groups: groups)
        return GaussianProcess(hyperparameters, x: x, values: Matrix(rows: [y]))
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
        let identity = a.times(factor.inverse)
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
    @Test("comes back to where it went from", arguments: [-2.0, 0, 0.5, 1, 2, 4])
    func roundTrip(lambda: Double) {
        let values = [-3.0, -0.5, 0, 0.1, 2, 40]
        let transform = OutputTransform(values, lambda: lambda)
        for value in values {
            #expect(abs(transform.backward(transform.forward(value)) - value) < 1e-6 * max(1, abs(value)))
        }
        for (low, high) in zip(values, values.dropFirst()) { #expect(transform.forward(low) < transform.forward(high)) }
    }

    @Test("has the Jacobian of finite differences", arguments: [-1.0, 0.3, 1, 3])
    func jacobian(lambda: Double) {
        let values = [-1.0, 0.5, 2, 7]
        let transform = OutputTransform(values, lambda: lambda)
        let h = 1e-6
        let sum = values.reduce(0) { $0 + log((transform.forward($1 + h) - transform.forward($1 - h)) / (2 * h)) }
        #expect(abs(transform.logJacobian(values) - sum) < 1e-6)
    }

    @Test(
        "leaves constant, tiny and huge values finite",
        arguments: [[5, 5, 5], [1e-12, 2e-12, 3e-12], [1e12, 2e12, -1e12], [1e300, -1e300, 0]])
    func extremes(values: [Double]) {
        for lambda in [1, OutputTransform.likeliestLambda(values)] {
            let transform = OutputTransform(values, lambda: lambda)
            #expect(values.allSatisfy { transform.forward($0).isFinite })
        }
    }

    @Test("finds the logarithm for values whose logarithms are normal")
    func lognormal() {
        let values = stride(from: -2.0, through: 2, by: 0.1).map { exp(2 * $0) }
        #expect(OutputTransform.likeliestLambda(values) < 0.2)
    }
}
