import AMQP
import Campaigns
import Foundation

extension EmbeddedQueues {
    /// A message as a queue keeps it.
    struct Stored: Sendable {
        let id: EventID
        let topic: String
        let body: Data
        /// Its place in its queue; a message that comes back takes its old place.
        var place: UInt64 = 0
        var earlierDeliveries = 0
        /// Who waits until the planner has acknowledged it.
        var confirm: Promise<Void>?
        /// The work queue that a job is for.
        var queue = WorkQueue.common

        init(id: EventID, topic: String, body: Data) {
            self.id = id
            self.topic = topic
            self.body = body
        }

        init(_ event: Event) throws {
            self.init(id: event.id, topic: event.body.type, body: try event.json())
            if case .published(let job) = event.body { queue = job.queue }
        }

        func delivery(from source: Delivery.Source, tag: UInt64) -> Delivery {
            Delivery(
                id: id, topic: topic, body: body, earlierDeliveries: earlierDeliveries, source: source, tag: tag)
        }
    }
}
