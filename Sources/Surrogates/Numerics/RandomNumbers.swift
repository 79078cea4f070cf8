import Foundation

/// Pseudo-random numbers that depend on nothing but the seed: SplitMix64 (Steele, Lea, Flood 2014).
public struct RandomNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The numbers that belong to `seed`.
    public init(seed: UInt64) { state = seed }

    /// The numbers that belong to `seed` and further numbers, such as a count of observations.
    public init(seed: UInt64, _ more: Int...) {
        var mixed = seed
        for number in more {
            var generator = RandomNumbers(seed: mixed ^ (UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15))
            mixed = generator.next()
        }
        state = mixed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box and Muller).
    public mutating func normal() -> Double {
        let radius = (-2 * Foundation.log(1 - unit())).squareRoot()
        return radius * cos(2 * Double.pi * unit())
    }
}
