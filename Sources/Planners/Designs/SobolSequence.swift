import Surrogates

/// The Sobol sequence, scrambled: low-discrepancy points of the unit cube.
///
/// Direction numbers by Joe and Kuo 2008; nested uniform scrambling by hashing (Burley 2020, "Practical hash-based Owen
/// scrambling"), so that any point can be computed alone. Beyond 128 dimensions the further ones are uniform and random.
public struct SobolSequence: Sendable {
    /// The dimension of the cube.
    public let dimensions: Int
    private let seed: UInt64
    /// 32 direction numbers a dimension.
    private let directions: [[UInt32]]

    /// The sequence in so many dimensions, scrambled by `seed`.
    public init(dimensions: Int, seed: UInt64) {
        self.dimensions = dimensions
        self.seed = seed
        directions = (0..<min(dimensions, SobolDirections.table.count + 1)).map(Self.directions(of:))
    }

    /// Point `index` (from 0), each coordinate in [0, 1). Cost: O(32 dimensions).
    public subscript(index: Int) -> [Double] {
        var generator = RandomNumbers(seed: seed)
        return (0..<dimensions).map { dimension in
            let scramble = generator.next()
            guard dimension < directions.count else {
                var own = RandomNumbers(seed: scramble &+ UInt64(index))
                return own.unit()
            }
            var bits: UInt32 = 0
            for bit in 0..<32 where UInt32(truncatingIfNeeded: index) & (1 << UInt32(bit)) != 0 {
                bits ^= directions[dimension][bit]
            }
            return Double(Self.scramble(bits, seed: UInt32(truncatingIfNeeded: scramble))) * 0x1p-32
        }
    }

    private static func directions(of dimension: Int) -> [UInt32] {
        guard dimension > 0 else { return (0..<32).map { 1 << (31 - $0) } }
        let (polynomial, initial) = SobolDirections.table[dimension - 1]
        let degree = 31 - polynomial.leadingZeroBitCount
        var directions = [UInt32](repeating: 0, count: 32)
        for bit in 0..<min(degree, 32) { directions[bit] = initial[bit] << (31 - UInt32(bit)) }
        for bit in degree..<32 {
            var value = directions[bit - degree] ^ (directions[bit - degree] >> UInt32(degree))
            for k in 1..<max(degree, 1) where (polynomial >> UInt32(degree - k)) & 1 == 1 {
                value ^= directions[bit - k]
            }
            directions[bit] = value
        }
        return directions
    }

    /// Owen scrambling: a permutation of every elementary interval, by the Laine-Karras hash of the reversed bits.
    private static func scramble(_ bits: UInt32, seed: UInt32) -> UInt32 {
        var x = reversed(bits)
        x ^= x &* 0x3d20_adea
        x = x &+ seed
        x = x &* ((seed >> 16) | 1)
        x ^= x &* 0x0552_6c56
        x ^= x &* 0x53a2_2864
        return reversed(x)
    }

    private static func reversed(_ value: UInt32) -> UInt32 {
        var x = value
        x = ((x >> 1) & 0x5555_5555) | ((x & 0x5555_5555) << 1)
        x = ((x >> 2) & 0x3333_3333) | ((x & 0x3333_3333) << 2)
        x = ((x >> 4) & 0x0f0f_0f0f) | ((x & 0x0f0f_0f0f) << 4)
        return x.byteSwapped
    }
}
