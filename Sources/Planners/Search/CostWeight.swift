import Campaigns
import Foundation
import Surrogates

/// What an experiment's cost takes from its acquisition: its logarithm times an exponent that falls from 1 to 0 while the budget is used up (Lee et al.
/// 2020, arXiv 2003.10870). At first cheap experiments go first; in the end whatever promises most is worth its price.
struct CostWeight: Sendable {
    /// What the weight is where nothing says when the campaign ends.
    private static let endless = 0.5
    let function: CostFunction
    /// What experiments of unknown cost are expected to cost; nil where the function says it, or nothing was reported yet.
    let learnt: CostModel?
    let exponent: Double
    /// The experiment before; nil where there is none.
    let previous: Point?

    /// The exponent while `left` of a budget is left, a number from 0 to 1; nil where there is no budget.
    static func exponent(left: Double?) -> Double { left.map { min(1, max(0, $0)) } ?? endless }

    /// What is added to the logarithm of the acquisition at some coordinates.
    func value(_ coordinates: [Double], _ map: FeatureMap) -> Double {
        guard exponent > 0 else { return 0 }
        let point = map.point(at: coordinates)
        let own = function.ofExperiment(at: point) ?? learnt?.expected(map.features(at: coordinates)) ?? 1
        let change = previous.map { function.ofChange(from: $0, to: point) } ?? 0
        return -exponent * log(own + change)
    }

    /// The derivative by one continuous coordinate, by differences.
    func slope(_ coordinates: [Double], _ index: Int, _ map: FeatureMap) -> Double {
        guard exponent > 0 else { return 0 }
        var (up, down) = (coordinates, coordinates)
        up[index] = min(1, up[index] + 1e-4)
        down[index] = max(0, down[index] - 1e-4)
        return (value(up, map) - value(down, map)) / (up[index] - down[index])
    }
}
