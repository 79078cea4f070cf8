/// The lock of one campaign in an embedded broker: one link has it, others wait in the order in which they came.
struct EmbeddedLock: Sendable {
    /// The link that has it.
    private(set) var holder: UInt64?
    private var waiting: [(link: UInt64, grant: CheckedContinuation<Bool, Never>)] = []

    /// Takes it, unless it is held.
    mutating func take(_ link: UInt64) -> Bool {
        guard holder == nil else { return false }
        holder = link
        return true
    }

    /// Resumes `grant` with true when the link has the lock, with false when it gave up.
    mutating func wait(_ link: UInt64, _ grant: CheckedContinuation<Bool, Never>) {
        if take(link) { grant.resume(returning: true) } else { waiting.append((link, grant)) }
    }

    mutating func giveUp(_ link: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.link == link }) else { return }
        waiting.remove(at: index).grant.resume(returning: false)
    }

    /// Lets it go; the first that waits has it then.
    mutating func release() {
        holder = nil
        guard !waiting.isEmpty else { return }
        let next = waiting.removeFirst()
        holder = next.link
        next.grant.resume(returning: true)
    }

    /// Nobody gets it any more.
    func end() { for one in waiting { one.grant.resume(returning: false) } }
}
