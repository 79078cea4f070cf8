import Foundation
import Testing

@testable import Surrogates

/// Values that other implementations computed: Tests/Reference/values.py made them.
struct Reference: Decodable {
    struct Process: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var nominal: [Int]
        var x: [[Double]]
        var y: [Double]
        var lengthscales: [Double]
        var additive_lengthscales: [Double]?
        var additivity: Double
        var variance: Double
        var noise: Double
        var mean: Double
        var log_likelihood: Double
        var gradient: [Double]
        var points: [[Double]]
        var means: [Double]
        var covariance: [[Double]]
        var testDescription: String { name }
    }
    struct Power: Decodable, Sendable {
        var exponent: Double
        var values: [Double]
        var transformed: [Double]
    }
    var processes: [Process]
    var powers: [Power]

    static let values: Reference = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Reference/values.json")
        guard let data = try? Data(contentsOf: file), let values = try? JSONDecoder().decode(Reference.self, from: data)
        else { fatalError("Tests/Reference/values.json cannot be read") }
        return values
    }()
}

@Suite("Numbers, beside those of scikit-learn and scipy:")
struct ReferenceTests {
    private func covariance(_ process: Reference.Process) -> Covariance {
        Covariance(
            metrics: process.lengthscales.indices.map { process.nominal.contains($0) ? .nominal : .numeric },
            lengthscales: process.lengthscales, variance: process.variance,
            additiveLengthscales: process.additive_lengthscales, additivity: process.additivity)
    }

    private func isClose(_ one: Double, _ other: Double, within tolerance: Double = 1e-8) -> Bool {
        abs(one - other) <= tolerance * max(1, abs(other))
    }

    @Test("the log marginal likelihood and its gradient", arguments: Reference.values.processes)
    func likelihood(_ reference: Reference.Process) throws {
        let covariance = covariance(reference)
        let isAdditive = reference.additive_lengthscales != nil
        let layout = Hyperparameters.Layout(metrics: covariance.metrics, additive: isAdditive)
        var parameters =
            reference.lengthscales.map { log($0) } + (reference.additive_lengthscales ?? []).map { log($0) }
        if isAdditive { parameters.append(log(reference.additivity / (1 - reference.additivity))) }
        parameters += [log(reference.variance), log(reference.noise), 1]
        let likelihood = MarginalLikelihood(
            x: Matrix(rows: reference.x), values: reference.y, layout: layout, warp: .identity)
        // The reference is in the values' own scale; the likelihood standardizes them, Jacobian included.
        let spread = 1 / OutputTransform(reference.y, warp: .identity).slope(0)
        parameters[layout.variance] -= 2 * log(spread)
        parameters[layout.noise] -= 2 * log(spread)
        let (value, gradient) = try #require(likelihood.evaluate(parameters))
        #expect(isClose(value, reference.log_likelihood), "\(value) for \(reference.log_likelihood)")
        #expect(gradient.count == reference.gradient.count + 1, "and the warp's")
        for (index, (one, other)) in zip(gradient, reference.gradient).enumerated() {
            #expect(isClose(one, other, within: 1e-6), "parameter \(index): \(one) for \(other)")
        }
    }

    @Test("the posterior's mean and covariance", arguments: Reference.values.processes)
    func posterior(_ reference: Reference.Process) throws {
        let process = try #require(known(reference))
        let points = Matrix(rows: reference.points)
        #expect(isClose(process.mean, reference.mean))
        let (means, variances) = process.posterior(points)
        let covariance = process.covariance(points)
        for row in reference.means.indices {
            #expect(isClose(means[0, row], reference.means[row], within: 1e-7))
            #expect(isClose(variances[row], reference.covariance[row][row], within: 1e-7))
            let alone = process.posterior(at: reference.points[row])
            #expect(isClose(alone.means[0], reference.means[row], within: 1e-7))
            for column in reference.means.indices {
                #expect(isClose(covariance[row, column], reference.covariance[row][column], within: 1e-7))
            }
        }
    }

    @Test("the moments of joint samples", arguments: Reference.values.processes)
    func samples(_ reference: Reference.Process) throws {
        let process = try #require(known(reference))
        let points = Matrix(rows: reference.points)
        let (n, m, count) = (reference.y.count, points.rows, 20_000)
        var random = RandomNumbers(seed: 17)
        let samples = try #require(
            process.fantasizing(points, noise: reference.noise, count: count, random: &random)
        ).values
        for row in 0..<m {
            let mean = (0..<count).reduce(0) { $0 + samples[$1, n + row] } / Double(count)
            let standardDeviation = (reference.covariance[row][row] + reference.noise).squareRoot()
            #expect(abs(mean - reference.means[row]) < 5 * standardDeviation / Double(count).squareRoot())
            for column in 0..<m {
                let sum = (0..<count).reduce(0) {
                    $0 + (samples[$1, n + row] - reference.means[row])
                        * (samples[$1, n + column] - reference.means[column])
                }
                let expected = reference.covariance[row][column] + (row == column ? reference.noise : 0)
                let other = (reference.covariance[column][column] + reference.noise).squareRoot()
                #expect(abs(sum / Double(count) - expected) < 0.05 * standardDeviation * other)
            }
        }
    }

    @Test("the power transform", arguments: Reference.values.powers)
    func power(_ reference: Reference.Power) {
        for (value, expected) in zip(reference.values, reference.transformed) {
            #expect(isClose(OutputTransform.warped(value, .power(reference.exponent)), expected, within: 1e-12))
        }
    }

    private func known(_ reference: Reference.Process) -> GaussianProcess? {
        GaussianProcess(
            covariance(reference), x: Matrix(rows: reference.x), values: Matrix(rows: [reference.y]),
            noise: reference.y.map { _ in reference.noise })
    }
}
