import AMQP

/// The lock of one campaign in an embedded broker: one link has it, others wait in the order in which they came.
struct EmbeddedLock: Sendable {
    /// The link that has it.
    private(set) var holder: UInt64?
    private var waiting: [(link: UInt64, grant: Promise<Void>)] = []

    /// Takes it, unless it is held.
    mutating func take(_ link: UInt64) -> Bool {
        guard holder == nil else { return false }
        holder = link
        return true
    }

    /// Settles `grant` when the link has the lock; who has settled it before has given up.
    mutating func wait(_ link: UInt64, _ grant: Promise<Void>) {
        waiting.removeAll { $0.grant.isSettled }
        waiting.append((link, grant))
        if holder == nil { release() }
    }

    /// Lets it go; the first that still waits has it then.
    mutating func release() {
        holder = nil
        while holder == nil, !waiting.isEmpty {
            let next = waiting.removeFirst()
            if next.grant.settle(.success(())) { holder = next.link }
        }
    }

    /// Nobody gets it any more.
    func end() { for one in waiting { one.grant.settle(.failure(CancellationError())) } }
}
