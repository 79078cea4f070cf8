import Foundation

/// How finely a continuous parameter can be set. What is proposed is rounded to it; what was measured is taken as it was.
public enum Resolution: Hashable, Codable, Sendable {
    /// So many significant decimal digits: 9.4120341 with three is 9.41.
    case digits(count: Int)
    /// `origin` and every `size` from there on: a syringe that moves by 0.05 mL.
    case step(size: Double, origin: Double)
}

extension Parameter {
    /// The number between `low` and `high` next to `number` that the parameter can be set to; `number` itself where it has no
    /// resolution, and the nearer end where the resolution leaves nothing between them.
    public func settable(_ number: Double, from low: Double, to high: Double) -> Double {
        let candidates: [Double]
        switch resolution {
        case nil: return number
        case .digits(let count):
            let (rounded, unit) = (number.rounded(significant: count), number.lastPlace(significant: count))
            candidates = [rounded, rounded + unit, rounded - unit].map { $0.rounded(significant: count) }
        case .step(let size, let origin):
            let steps = ((number - origin) / size).rounded()
            let decimals = min(20, max(size.decimals, origin.decimals))
            // Decimal digits as a person writes them: 3 steps of 0.1 are 0.3, not 0.30000000000000004.
            candidates = [steps, steps + 1, steps - 1].map { steps in
                let value = origin + steps * size
                return Double(String(format: "%.\(decimals)f", value)) ?? value
            }
        }
        let inside = candidates.filter { $0 >= low && $0 <= high }
        return inside.min { abs($0 - number) < abs($1 - number) } ?? min(high, max(low, number))
    }
}

extension Double {
    /// The unit of the last of so many significant digits.
    fileprivate func lastPlace(significant digits: Int) -> Double {
        self == 0 ? 0 : pow(10, log10(magnitude).rounded(.down) - Double(digits - 1))
    }

    /// How many digits its decimal text has behind the point.
    fileprivate var decimals: Int {
        let parts = "\(self)".lowercased().split(separator: "e")
        let behind = parts[0].split(separator: ".").dropFirst().first.map { $0 == "0" ? 0 : $0.count } ?? 0
        return max(0, behind - (parts.count > 1 ? Int(parts[1]) ?? 0 : 0))
    }
}
