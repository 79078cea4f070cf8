/// The feed of one campaign in an embedded broker: every message in order, and those who follow it.
struct EmbeddedFeed: Sendable {
    /// Whether it is there: somebody may have deleted it.
    private(set) var isThere = true
    private var messages: [EmbeddedQueues.Stored] = []
    private var followers: [EmbeddedQueues.Stream] = []

    /// Its messages as deliveries, in order.
    var deliveries: [Delivery] {
        messages.enumerated().map { $0.element.delivery(from: .feed, tag: UInt64($0.offset + 1)) }
    }

    mutating func append(_ message: EmbeddedQueues.Stored) {
        guard isThere else { return }
        messages.append(message)
        let delivery = message.delivery(from: .feed, tag: UInt64(messages.count))
        for follower in followers { follower.yield(delivery) }
    }

    mutating func attach(_ follower: EmbeddedQueues.Stream, follow: Bool) {
        for delivery in deliveries { follower.yield(delivery) }
        if follow { followers.append(follower) } else { follower.finish() }
    }

    /// Declares it anew where it is gone; true if it was.
    mutating func declare() -> Bool {
        defer { isThere = true }
        return !isThere
    }

    mutating func remove() {
        end()
        (isThere, messages, followers) = (false, [], [])
    }

    /// Ends the streams of all who follow it.
    func end() {
        for follower in followers { follower.finish(throwing: BrokerError.linkClosed) }
    }
}
