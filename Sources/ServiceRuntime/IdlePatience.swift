/// How long a party waits while messages for it are ready and none comes: then its consumer is gone or forgotten, though the broker
/// has not said so. RabbitMQ's quorum queues can do that after a kill -9.
package struct IdlePatience {
    private var looks = 0

    /// No look yet.
    package init() {}

    /// Whether messages were ready at three looks in a row.
    package mutating func isOver(ready: Int) -> Bool {
        looks = ready > 0 ? looks + 1 : 0
        return looks >= 3
    }
}
