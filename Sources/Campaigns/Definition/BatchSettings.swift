/// What a campaign's hardware measures at once: a furnace, a plate.
public struct BatchSettings: Hashable, Codable, Sendable {
    /// The most samples in a batch, at least 2.
    public var size: Int
    /// The parameters that all samples of a batch have in common.
    public var shared: [String]
    /// Seconds that points which people ask for, or which are tried again, wait for others to go with them. Then the planner fills the batch.
    public var fill: Double

    /// Batches of at most `size` samples.
    public init(size: Int, shared: [String] = [], fill: Double = 0) {
        self.size = size
        self.shared = shared
        self.fill = fill
    }

    /// What a point shares with the others of its batch.
    public func shared(of point: Point) -> Point { point.filter { shared.contains($0.key) } }

    /// The largest size.
    public static let largest = 1000
}
