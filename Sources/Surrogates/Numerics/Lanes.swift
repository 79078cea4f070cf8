/// Eight numbers that are computed together. Points stand in blocks of eight; a last block is filled up with zeros.
typealias Lanes = SIMD8<Double>

extension SIMD8<Double> {
    /// exp(-t) for t >= 0, relative error below 1e-13; what is smaller than exp(-256) is exp(-256).
    ///
    /// (e^(-t / 2048))^2048: no table and no bits to turn, so that the eight go through one pipeline.
    @inline(__always)
    static func decay(_ t: Lanes) -> Lanes {
        let x = -t.atMost(Lanes(repeating: 256)) * (1.0 / 2048)
        // |x| <= 1/8: the series to x^9 is exact to 3e-16.
        var power = x * (1.0 / 362_880) + 1.0 / 40_320
        power = power * x + 1.0 / 5_040
        power = power * x + 1.0 / 720
        power = power * x + 1.0 / 120
        power = power * x + 1.0 / 24
        power = power * x + 1.0 / 6
        power = power * x + 0.5
        power = power * x + 1
        power = power * x + 1
        for _ in 0..<11 { power *= power }
        return power
    }

    /// The magnitudes.
    @inline(__always)
    var magnitudes: Lanes { replacing(with: -self, where: self .< 0) }

    /// The smaller ones of two. (The library's `pointwiseMin` compares one number at a time.)
    @inline(__always)
    func atMost(_ other: Lanes) -> Lanes { replacing(with: other, where: other .< self) }
}

extension Array<Double> {
    /// The numbers in blocks of eight.
    var lanes: [Lanes] {
        stride(from: 0, to: count, by: Lanes.scalarCount).map { start in
            var block = Lanes.zero
            for lane in 0..<Swift.min(Lanes.scalarCount, count - start) { block[lane] = self[start + lane] }
            return block
        }
    }

    /// Writes a block at `start`, as far as there is room before `end`.
    @inline(__always)
    mutating func write(_ block: Lanes, at start: Int, before end: Int) {
        if start + Lanes.scalarCount <= end {
            for lane in 0..<Lanes.scalarCount { self[start + lane] = block[lane] }
        } else {
            for lane in 0..<(end - start) { self[start + lane] = block[lane] }
        }
    }
}
