/// Publishers that wait until the planner has acknowledged what they published.
struct EmbeddedConfirms: Sendable {
    private var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    /// Those that were cancelled before they began to wait.
    private var cancelled: Set<UInt64> = []

    /// Lets a publisher wait; false where it was cancelled already.
    mutating func wait(_ key: UInt64, _ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        guard cancelled.remove(key) == nil else { return false }
        waiting[key] = continuation
        return true
    }

    mutating func confirm(_ key: UInt64?) {
        if let key { waiting.removeValue(forKey: key)?.resume() }
    }

    /// A publisher waits no longer; its message stays where it is.
    mutating func cancel(_ key: UInt64) {
        guard let continuation = waiting.removeValue(forKey: key) else {
            cancelled.insert(key)
            return
        }
        continuation.resume(throwing: CancellationError())
    }

    /// The planner is gone: nothing will be acknowledged.
    mutating func failAll() {
        for continuation in waiting.values { continuation.resume(throwing: BrokerError.linkClosed) }
        waiting = [:]
    }
}
