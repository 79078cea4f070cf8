import Foundation
import Testing

@testable import Surrogates

@Suite("The likelihood of hyperparameters")
struct LikelihoodTests {
    private static let x = Matrix(
        rows: (0..<21).map { index in
            var random = RandomNumbers(seed: 3, index)
            return [random.unit(), random.unit(), Double(index % 3)]
        })
    private static let values = (0..<21).map { exp(3 * x[$0, 0]) + x[$0, 1] + (x[$0, 2] == 1 ? 2 : 0) }

    @Test(
        "has the gradient of finite differences, the warp's parameter included",
        arguments: [
            (OutputTransform.Warp.power(0.4), true, false), (.logarithm(0.5), true, false), (.power(1.6), false, false),
            (.power(0.4), true, true), (.logarithm(0.5), false, true),
        ])
    func gradient(warp: OutputTransform.Warp, additive: Bool, knownNoise: Bool) throws {
        let layout = Hyperparameters.Layout(metrics: [.numeric, .numeric, .nominal], additive: additive)
        let likelihood = MarginalLikelihood(
            x: Self.x, values: Self.values, deviations: knownNoise ? Self.values.map { 0.05 * $0 } : nil,
            layout: layout,
            warp: warp)
        var parameters = (0..<layout.count).map { 0.3 * sin(Double($0)) }
        parameters[layout.noise] = -4
        parameters[layout.warp] = warp.parameter
        let (value, gradient) = try #require(likelihood.evaluate(parameters))
        #expect(abs(try #require(likelihood.value(parameters)) - value) < 1e-9)
        for index in parameters.indices {
            let h = 1e-5
            var (up, down) = (parameters, parameters)
            up[index] += h
            down[index] -= h
            let slope = (try #require(likelihood.value(up)) - #require(likelihood.value(down))) / (2 * h)
            #expect(abs(slope - gradient[index]) < 2e-5 * max(1, abs(slope)), "parameter \(index)")
        }
    }

    @Test("is highest, with its prior, where the fit says")
    func fit() throws {
        let layout = Hyperparameters.Layout(metrics: [.numeric, .numeric, .nominal], additive: true)
        let problem = HyperparameterFit.Problem(x: Self.x, values: Self.values, layout: layout)
        let fit = try #require(HyperparameterFit(problem, warp: .logarithm(1), starts: 0..<3, limit: 200))
        let other = try #require(HyperparameterFit(problem, warp: .logarithm(1), starts: 0..<1, limit: 3))
        #expect(fit.logPosterior >= other.logPosterior)
        #expect(fit.hyperparameters.noise < 1e-2)
        #expect(other.evaluations <= 3 && !other.hasConverged)
    }

    @Test("leaves known noise alone")
    func knownNoise() throws {
        let layout = Hyperparameters.Layout(metrics: [.numeric, .numeric, .nominal], additive: true)
        let problem = HyperparameterFit.Problem(
            x: Self.x, values: Self.values, deviations: Self.values.map { _ in 1 }, layout: layout)
        let fit = try #require(HyperparameterFit(problem, warp: .power(1), starts: 0..<1, limit: 60))
        #expect(abs(fit.hyperparameters.noise - problem.prior.noiseFloor) < 1e-12)
    }

    @Test("is sampled: the samples of a posterior that is nearly its prior have the prior's moments")
    func samples() throws {
        // Two points tell next to nothing of six parameters.
        let layout = Hyperparameters.Layout(metrics: [.numeric, .numeric], additive: true)
        let problem = HyperparameterFit.Problem(
            x: Matrix(rows: [[0.2, 0.4], [0.7, 0.1]]), values: [0, 1], layout: layout)
        let fit = try #require(HyperparameterFit(problem, warp: .identity, starts: 0..<1, limit: 60))
        let posterior = try #require(PosteriorSamples(of: fit, problem))
        var random = RandomNumbers(seed: 11)
        let shares = posterior.draw(4000, random: &random).map {
            log($0.covariance.additivity / (1 - $0.covariance.additivity))
        }
        let mean = shares.reduce(0, +) / 4000
        let standardDeviation = (shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3999).squareRoot()
        #expect(
            abs(mean) < 0.2 && abs(standardDeviation - problem.prior.additivityDeviation) < 0.2,
            "\(mean) \(standardDeviation)")
        var (one, two) = (RandomNumbers(seed: 12), RandomNumbers(seed: 12))
        #expect(posterior.draw(5, random: &one) == posterior.draw(5, random: &two))
    }
}
