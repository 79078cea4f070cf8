import Foundation
import Support
import Surrogates
import Testing

@testable import Planners

@Suite("The logarithm of the expected improvement")
struct LogExpectedImprovementTests {
    private struct Reference: Decodable {
        struct Value: Decodable {
            var z: Double
            var value: Double
        }
        var log_improvements: [Value]
    }

    @Test("is right far into its tail, beside values with 80 digits by mpmath (Tests/Reference/values.py)")
    func values() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Reference/values.json")
        let references = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file)).log_improvements
        #expect(references.contains { $0.z <= -1e7 })
        for reference in references {
            let value = LogExpectedImprovement.logImprovement(reference.z).logH
            #expect(abs(value - reference.value) < 1e-13 * max(1, abs(reference.value)), "z = \(reference.z)")
        }
    }

    @Test("is smooth where its formulas meet", arguments: [-1.0, -3.0])
    func seams(z: Double) {
        let (left, right) = (
            LogExpectedImprovement.logImprovement(z - 1e-9), LogExpectedImprovement.logImprovement(z + 1e-9)
        )
        #expect(abs(left.logH - right.logH) < 1e-7)
        #expect(abs(left.cumulative - right.cumulative) < 1e-6 * right.cumulative)
    }

    @Test(
        "averaged over processes and fantasies, has the gradient of finite differences, and the same value in a batch",
        arguments: [0, 0.2])
    func gradient(noise: Double) throws {
        var random = RandomNumbers(seed: 8)
        let x = Matrix(rows: (0..<9).map { _ in [random.unit(), random.unit(), random.unit()] })
        let y = Matrix(rows: [(0..<9).map { sin(5 * x[$0, 0]) + x[$0, 1] }])
        let members = try [0.3, 0.8].map { lengthscale in
            let covariance = Covariance(
                metrics: [.numeric, .numeric, .numeric], lengthscales: [lengthscale, 0.5, 2], variance: 1.4,
                additiveLengthscales: [0.4, lengthscale, 1], additivity: 0.4)
            let process = try #require(
                GaussianProcess(covariance, x: x, values: y, noise: [Double](repeating: 1e-3, count: 9)))
            let pending = Matrix(rows: [[0.2, 0.9, 0.4]])
            return LogExpectedImprovement.Member(
                try #require(process.fantasizing(pending, noise: 1e-3, count: 3, random: &random)), noise: noise)
        }
        let acquisition = LogExpectedImprovement(members: members)
        let point = [0.31, 0.62, 0.55]
        let (value, gradient) = acquisition.value(at: point)
        #expect(abs(acquisition.values(Matrix(rows: [point]))[0] - value) < 1e-10)
        for index in point.indices {
            let h = 1e-6
            var (up, down) = (point, point)
            up[index] += h
            down[index] -= h
            let slope = (acquisition.value(at: up).value - acquisition.value(at: down).value) / (2 * h)
            #expect(abs(slope - gradient[index]) < 1e-5 * max(1, abs(slope)), "feature \(index)")
        }
    }

    @Test("has the derivative of finite differences", arguments: [3.0, 0.5, -0.99, -1.5, -2.9, -5, -40, -1e4])
    func derivative(z: Double) {
        let h = 1e-6 * max(1, abs(z))
        let slope =
            (LogExpectedImprovement.logImprovement(z + h).logH - LogExpectedImprovement.logImprovement(z - h).logH)
            / (2 * h)
        let exact = LogExpectedImprovement.logImprovement(z).cumulative
        #expect(abs(slope - exact) < 1e-5 * max(1, abs(exact)))
    }
}
