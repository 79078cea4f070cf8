/// How often a spreadsheet is looked at. Google allows 60 readings and 60 writings a minute to one account, and 300 to a project; a look is one of each at
/// most. A file at hand is looked at as often as was asked for, whatever happens.
struct Pace: Sendable {
    /// Readings that an account may do in a minute; a sixth of what is allowed is kept for people who try something.
    static let mostPerMinute = 50.0
    private static let longest = 30.0
    private static let longestTrouble = 64.0

    /// The least time between two looks, in seconds, where so many connectors share an account.
    let shortest: Double
    private let isLocal: Bool
    private let isShared: Bool
    private var pause: Double
    private var failures = 0

    init(shortest: Double, connectors: Int, isLocal: Bool = false) {
        self.shortest = isLocal ? shortest : max(shortest, 60 * Double(connectors) / Self.mostPerMinute)
        self.isLocal = isLocal
        isShared = connectors > 1 && !isLocal
        pause = self.shortest
    }

    /// The pause before the first look, of which `unit`, a random number from 0 to 1, says how long it is: connectors that share an account and start together
    /// do not ask together.
    func beforeFirstLook(unit: Double) -> Double { isShared ? 2 * shortest * unit : 0 }

    /// The pause after the first look, which is two readings and two writings: it finds the worksheets, or makes them.
    func afterFirstLook() -> Double { isShared ? 2 * shortest : 0 }

    /// The pause after a look that found or changed something, or did not.
    mutating func afterLook(wasBusy: Bool) -> Double {
        failures = 0
        pause = wasBusy || isLocal ? shortest : min(max(Self.longest, shortest), pause * 1.5)
        return pause
    }

    /// The pause after trouble: twice as long each time, from 1 to 64 s, spread by `unit`, a random number from 0 to 1; no shorter than the service wants.
    mutating func afterTrouble(retryAfter: Double?, unit: Double) -> Double {
        guard !isLocal else { return shortest }
        failures += 1
        let longest = min(Self.longestTrouble, 0.5 * Double(1 << min(failures, 8)))
        return max(retryAfter ?? 0, longest * (0.5 + 0.5 * unit), min(shortest, 1))
    }
}
