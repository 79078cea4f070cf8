/// When what is ready is planned anew. Where results come faster than plans, one more hardly changes what is ready, which is soon taken anyway: it
/// waits until a tenth of the time is enough for plans anew, or less among many workers.
struct Freshening {
    /// So many times as long as it took passes before the next, at least.
    private static let rest = 9
    private var next = -Double.infinity
    private var isOwed = false

    /// Whether what is ready is to be planned anew at the time `now`, because of `news` or of earlier ones.
    mutating func isDue(_ news: Bool, now: Double) -> Bool {
        isOwed = isOwed || news
        guard isOwed, now >= next else { return false }
        isOwed = false
        return true
    }

    /// It was, from one time to another.
    mutating func took(from began: Double, to ended: Double, workers: Int) {
        next = max(next, ended + Double(max(Self.rest, workers)) * (ended - began))
    }
}
