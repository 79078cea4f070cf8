import Foundation

/// Samples of the hyperparameters' posterior, the warp's parameter kept at its maximum.
///
/// Elliptical slice sampling round the Gaussian approximation at the maximum (Murray, Adams, MacKay 2010, arXiv 1001.0175;
/// generalized by Nishihara, Murray, Adams 2014, arXiv 1210.7477): it needs no tuning, has the exact posterior as its limit,
/// and is almost independent from one step to the next where the approximation is good.
public struct PosteriorSamples {
    private let likelihood: MarginalLikelihood
    private let layout: Hyperparameters.Layout
    private let terms: [HyperparameterPrior.Term]
    private let free: [Int]
    private let center: [Double]
    private let root: Matrix

    /// The posterior round a fit; nil if it cannot be approximated there. Cost: as many gradients as there are parameters.
    public init?(of fit: HyperparameterFit, _ problem: HyperparameterFit.Problem) {
        layout = problem.layout
        terms = problem.terms(fit.warp)
        likelihood = problem.likelihood(fit.warp)
        center = fit.parameters
        let (layout, terms) = (layout, terms)
        free = (0..<layout.count).filter { $0 != layout.warp && terms[$0].low < terms[$0].high }
        guard let root = Self.root(likelihood, center, free, terms) else { return nil }
        self.root = root
    }

    /// `count` samples, after some steps that are thrown away. Cost: two to four likelihoods a step.
    public func draw(_ count: Int, discarding burn: Int = 4, random: inout RandomNumbers) -> [Hyperparameters] {
        var current = [Double](repeating: 0, count: free.count)
        var level = density(current)
        var samples: [Hyperparameters] = []
        for step in 0..<burn + count {
            let threshold = level + Foundation.log(1 - random.unit())
            let direction = free.map { _ in random.normal() }
            var angle = 2 * Double.pi * random.unit()
            var bracket = (low: angle - 2 * .pi, high: angle)
            // The bracket shrinks to where the walk stands, so it ends; thirty halvings are as good as standing still.
            for _ in 0..<30 {
                let proposal = zip(current, direction).map { $0 * cos(angle) + $1 * sin(angle) }
                let value = density(proposal)
                if value > threshold {
                    (current, level) = (proposal, value)
                    break
                }
                if angle < 0 { bracket.low = angle } else { bracket.high = angle }
                angle = bracket.low + (bracket.high - bracket.low) * random.unit()
            }
            if step >= burn { samples.append(layout.hyperparameters(parameters(current))) }
        }
        return samples
    }

    /// The parameters whose deviations are `z` under the approximation.
    private func parameters(_ z: [Double]) -> [Double] {
        var parameters = center
        for (index, shift) in zip(free, root.times(z)) { parameters[index] += shift }
        return parameters
    }

    /// The log posterior over the approximation's density.
    private func density(_ z: [Double]) -> Double {
        let parameters = parameters(z)
        var negativeLogDensity = -0.5 * dot(z, z)
        for index in free {
            guard (terms[index].low...terms[index].high).contains(parameters[index]) else { return -.infinity }
            negativeLogDensity += terms[index].negativeLogDensity(parameters[index]).value
        }
        guard let value = likelihood.value(parameters), value.isFinite else { return -.infinity }
        return value - negativeLogDensity
    }

    /// R with R R' = H^-1, H the Hessian of minus the log posterior, by differences of gradients.
    private static func root(
        _ likelihood: MarginalLikelihood, _ center: [Double], _ free: [Int], _ terms: [HyperparameterPrior.Term]
    ) -> Matrix? {
        let h = 1e-3
        guard let base = likelihood.evaluate(center)?.gradient else { return nil }
        var rows: [[Double]] = []
        for index in free {
            var moved = center
            moved[index] += h
            guard let gradient = likelihood.evaluate(moved)?.gradient else { return nil }
            rows.append(free.map { (base[$0] - gradient[$0]) / h })
        }
        // In units of the prior's deviations, in which the prior's own Hessian is the identity. Where the likelihood curves the
        // wrong way the approximation is not to be much wider than the prior.
        var hessian = Matrix(rows: free.count, columns: free.count)
        for (row, one) in free.enumerated() {
            for (column, other) in free.enumerated() {
                hessian[row, column] =
                    0.5 * (rows[row][column] + rows[column][row]) * terms[one].standardDeviation
                    * terms[other].standardDeviation
                    + (row == column ? 1 : 0)
            }
        }
        guard let (vectors, eigenvalues) = hessian.eigen else { return nil }
        var root = Matrix(rows: free.count, columns: free.count)
        for (row, index) in free.enumerated() {
            for column in free.indices {
                root[row, column] =
                    terms[index].standardDeviation * vectors[column, row] / max(eigenvalues[column], 0.5).squareRoot()
            }
        }
        return root
    }
}
