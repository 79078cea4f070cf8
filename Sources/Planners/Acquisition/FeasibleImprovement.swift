import Surrogates

/// The expected improvement times the probability that the measurement comes to an end (Gardner et al. 2014), in logarithms, where that is likely
/// enough.
struct FeasibleImprovement: AcquisitionFunction {
    let improvement: LogExpectedImprovement
    /// Where measurements fail; nil where none did.
    let feasibility: FeasibilityModel?

    func values(_ features: Matrix) -> [Double] {
        let values = improvement.values(features)
        guard let feasibility, features.rows > 0 else { return values }
        return zip(values, feasibility.logWeights(features)).map { $0 + $1 }
    }

    func value(at features: [Double]) -> (value: Double, gradient: [Double]) {
        let (value, gradient) = improvement.value(at: features)
        guard let feasibility else { return (value, gradient) }
        let (more, slope) = feasibility.logWeight(at: features)
        return (value + more, zip(gradient, slope).map { $0 + $1 })
    }

    func screening(by count: Int) -> FeasibleImprovement? {
        improvement.screening(by: count).map { FeasibleImprovement(improvement: $0, feasibility: feasibility) }
    }
}
