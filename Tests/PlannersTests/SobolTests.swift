import Testing

@testable import Planners

@Suite("The Sobol sequence")
struct SobolTests {
    @Test("fills every elementary interval evenly", arguments: [1, 2, 5, 20, 128])
    func balance(dimensions: Int) {
        let sequence = SobolSequence(dimensions: dimensions, seed: 4)
        let points = (0..<256).map { sequence[$0] }
        for dimension in 0..<dimensions {
            let bins = Dictionary(grouping: points) { Int($0[dimension] * 256) }
            #expect(bins.count == 256, "one point in each 256th of dimension \(dimension)")
        }
    }

    @Test("fills the squares of its first two dimensions evenly")
    func squares() {
        let sequence = SobolSequence(dimensions: 2, seed: 4)
        let squares = Set((0..<256).map { Int(sequence[$0][0] * 16) * 16 + Int(sequence[$0][1] * 16) })
        #expect(squares.count == 256)
    }
}
