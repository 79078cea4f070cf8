import Foundation
import Surrogates

/// The logarithm of the expected improvement below an incumbent, stable far into its tail (Ament et al. 2023,
/// arXiv 2310.20708), averaged over processes and over the fantasies in each.
///
/// With noise it is the augmented one (Huang, Allen, Notz and Zeng 2006): times 1 - sqrt(noise / (noise + variance)), what a measurement with that
/// noise tells of a value with that variance.
struct LogExpectedImprovement: AcquisitionFunction {
    /// A model whose columns of values are fantasies, and the incumbent in each.
    struct Member: Sendable {
        let model: any SurrogateModel
        let incumbents: [Double]
        /// The noise variance that augments it; 0 is none.
        let noise: Double

        /// Incumbents are the best predicted means at the known points, those `outside` the feasible set left out, unless all are.
        init(_ model: any SurrogateModel, outside: Set<Int> = [], noise: Double = 0) {
            self.model = model
            self.noise = noise
            let means = model.knownMeans
            let inside = outside.isEmpty ? [] : (0..<means.columns).filter { !outside.contains($0) }
            incumbents = (0..<means.rows).map { row in
                inside.isEmpty ? means.row(row).min() ?? 0 : inside.lazy.map { means[row, $0] }.min() ?? 0
            }
        }
    }

    let members: [Member]

    func screening(by count: Int) -> LogExpectedImprovement? {
        members.count > count ? LogExpectedImprovement(members: Array(members.prefix(count))) : nil
    }

    /// The values at the rows of `features` (m x d). Cost: m (n d + n^2) a member.
    func values(_ features: Matrix) -> [Double] {
        guard features.rows > 0 else { return [] }
        let columns = members.reduce(0) { $0 + $1.incumbents.count }
        var terms = [Double](repeating: 0, count: features.rows * columns)
        var first = 0
        let posteriors = members.inParallel { $0.model.posterior(features) }
        for (member, (means, variances)) in zip(members, posteriors) {
            for row in 0..<features.rows {
                let standardDeviation = variances[row].squareRoot()
                let logDeviation = log(standardDeviation) + Self.logTold(of: variances[row], member.noise).value
                for (fantasy, incumbent) in member.incumbents.enumerated() {
                    let z = (incumbent - means.elements[fantasy * features.rows + row]) / standardDeviation
                    terms[row * columns + first + fantasy] = logDeviation + Self.logImprovement(z).logH
                }
            }
            first += member.incumbents.count
        }
        return (0..<features.rows).map { logMeanExp(terms[$0 * columns..<($0 + 1) * columns]) }
    }

    /// The value at one point, and its gradient by the features. Cost: n d + 2 n^2 a member.
    func value(at features: [Double]) -> (value: Double, gradient: [Double]) {
        var terms: [Double] = []
        var posteriors: [(PointPosterior, slopes: [(mean: Double, standardDeviation: Double)])] = []
        for member in members {
            let posterior = member.model.posterior(at: features)
            let standardDeviation = posterior.variance.squareRoot()
            let told = Self.logTold(of: posterior.variance, member.noise)
            var slopes: [(mean: Double, standardDeviation: Double)] = []
            for (mean, incumbent) in zip(posterior.means, member.incumbents) {
                let (value, byMean, byDeviation) = Self.value(mean: mean, standardDeviation, incumbent)
                terms.append(value + told.value)
                slopes.append((byMean, byDeviation + told.byDeviation))
            }
            posteriors.append((posterior, slopes))
        }
        let value = logMeanExp(terms)
        let total = value + log(Double(terms.count))
        var gradient = [Double](repeating: 0, count: features.count)
        var next = 0
        for (posterior, slopes) in posteriors {
            let shares = slopes.indices.map { exp(terms[next + $0] - total) }
            next += slopes.count
            let byMean = zip(shares, slopes).map { $0 * $1.mean }
            let byDeviation = zip(shares, slopes).reduce(0) { $0 + $1.0 * $1.1.standardDeviation }
            let part = posterior.gradient(means: byMean, standardDeviation: byDeviation)
            for index in gradient.indices { gradient[index] += part[index] }
        }
        return (value, gradient)
    }

    /// log E[max(0, incumbent - y)] for y ~ N(mean, deviation^2), with its derivatives.
    static func value(
        mean: Double, _ standardDeviation: Double, _ incumbent: Double
    ) -> (value: Double, byMean: Double, byDeviation: Double) {
        let z = (incumbent - mean) / standardDeviation
        let (logH, cumulative, density) = logImprovement(z)
        return (log(standardDeviation) + logH, -cumulative / standardDeviation, density / standardDeviation)
    }

    /// log(1 - sqrt(noise / (noise + variance))), without cancellation, and its derivative by the standard deviation; 0 without noise.
    static func logTold(of variance: Double, _ noise: Double) -> (value: Double, byDeviation: Double) {
        guard noise > 0 else { return (0, 0) }
        let untold = (noise / (noise + variance)).squareRoot()
        let told = variance / (noise + variance) / (1 + untold)
        return (log(told), untold * variance.squareRoot() / ((noise + variance) * told))
    }

    /// log h(z), h(z) = phi(z) + z Phi(z), with Phi(z) / h(z) and phi(z) / h(z).
    static func logImprovement(_ z: Double) -> (logH: Double, cumulative: Double, density: Double) {
        if z > -1 {
            let density = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
            let cumulative = 0.5 * erfc(-z / 2.0.squareRoot())
            let h = density + z * cumulative
            return (log(h), cumulative / h, density / h)
        }
        // With t = -z and the Mills ratio R = Phi(-t) / phi(t): h = phi(t) (1 - t R).
        let t = -z
        let (mills, rest) = millsRatio(t)
        return (-0.5 * t * t - 0.5 * log(2 * .pi) + log(rest), mills / rest, 1 / rest)
    }

    /// R(t) = Phi(-t) / phi(t) and 1 - t R(t), for t >= 1, without cancellation: near the origin from erfc, further out by the
    /// continued fraction R = 1 / (t + 1 / (t + 2 / (t + 3 / ...))), of which 1 - t R = R c, c the part behind the first t.
    private static func millsRatio(_ t: Double) -> (ratio: Double, rest: Double) {
        if t < 3 {
            let ratio = 0.5 * erfc(t / 2.0.squareRoot()) * (2 * Double.pi).squareRoot() * exp(0.5 * t * t)
            return (ratio, 1 - t * ratio)
        }
        var tail = 0.0
        for k in stride(from: 120, through: 1, by: -1) { tail = Double(k) / (t + tail) }
        let ratio = 1 / (t + tail)
        return (ratio, ratio * tail)
    }
}

/// log of the mean of exponentials.
func logMeanExp(_ terms: some Collection<Double>) -> Double {
    guard let largest = terms.max(), largest.isFinite else { return -.infinity }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) } / Double(terms.count))
}
