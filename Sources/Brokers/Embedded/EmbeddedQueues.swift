import Campaigns
import Foundation

/// The queues of one campaign in an embedded broker: a value that changes one operation at a time.
struct EmbeddedQueues: Sendable {
    typealias Stream = AsyncThrowingStream<Delivery, any Error>.Continuation

    private struct Held: Sendable {
        let message: Stored
        let holder: UInt64
    }

    private struct Worker: Sendable {
        let link: UInt64
        let jobs: Stream
        let queue: WorkQueue
        var busy = false
        /// Whether it wants no further jobs.
        var isLeaving = false
    }

    private var links: UInt64 = 0
    private var tags: UInt64 = 0
    private var places: UInt64 = 0
    private var ready: [Stored] = []
    /// The workers of some capability that have a queue.
    private var opened: Set<Capability> = []
    private var heldJobs: [UInt64: Held] = [:]
    /// In the order in which they are served: whoever got a job goes to the end.
    private var workers: [Worker] = []
    private var waitingInbox: [Stored] = []
    private var heldInbox: [UInt64: Stored] = [:]
    private var confirms = EmbeddedConfirms()
    private var feed: [Stored] = []
    private(set) var hasFeed = true
    private var hasWork = true
    private var followers: [Stream] = []
    /// Which link plans.
    var lock = EmbeddedLock()
    private var planner: Stream?
    private var hadPlanner = false

    // MARK: The planner

    mutating func newLink() -> UInt64 {
        links += 1
        return links
    }

    func requireLock(_ link: UInt64) throws {
        guard lock.holder == link else { throw BrokerError.linkClosed }
    }

    /// The planner's stream begins, and what it held before comes once more. Returns which queues are new: all of them at the
    /// first planner.
    mutating func attach(planner stream: Stream) -> Set<CampaignQueue> {
        defer { (hadPlanner, hasFeed, hasWork) = (true, true, true) }
        planner?.finish(throwing: BrokerError.linkClosed)
        requeueInbox()
        if let holder = lock.holder { release(holder) }
        planner = stream
        deliverInbox()
        guard hadPlanner else { return Set(CampaignQueue.allCases) }
        return Set((hasFeed ? [] : [.feed]) + (hasWork ? [] : [.work]))
    }

    /// The queues are removed: every stream ends, and nobody gets the lock.
    mutating func end() {
        planner?.finish(throwing: BrokerError.linkClosed)
        for worker in workers { worker.jobs.finish(throwing: BrokerError.linkClosed) }
        for follower in followers { follower.finish(throwing: BrokerError.linkClosed) }
        confirms.failAll()
        lock.end()
    }

    /// The planner's link ends: what it held comes back, and the first in the queue gets the lock.
    mutating func unlock(_ link: UInt64) {
        guard lock.holder == link else { return }
        planner?.finish(throwing: BrokerError.linkClosed)
        planner = nil
        confirms.failAll()
        requeueInbox()
        release(link)
        lock.release()
    }

    var census: EmbeddedCensus {
        EmbeddedCensus(
            ready: ready.map(\.id), unacknowledged: heldJobs.values.map(\.message.id),
            inbox: waitingInbox.map(\.id) + heldInbox.values.map(\.id))
    }

    private mutating func requeueInbox() {
        waitingInbox = (heldInbox.values + waitingInbox).sorted { $0.place < $1.place }
        heldInbox.removeAll()
    }

    // MARK: The work queue

    /// Throws ``BrokerError/queueGone(name:)``.
    func depth(for queue: WorkQueue) throws -> QueueDepth {
        try requireWork(queue)
        // As a quorum queue counts: whoever leaves is one until its job is acknowledged.
        return QueueDepth(
            ready: ready.count { $0.queue == queue },
            consumers: workers.count { $0.queue == queue && (!$0.isLeaving || $0.busy) })
    }

    func unacknowledged(by link: UInt64) -> [EventID] {
        heldJobs.values.filter { $0.holder == link }.map(\.message.id)
    }

    func unacknowledged(for queue: WorkQueue) -> Int { heldJobs.values.count { $0.message.queue == queue } }

    mutating func open(_ only: Capability) -> Bool { opened.insert(only).inserted }

    private func requireWork(_ queue: WorkQueue) throws {
        if queue == .common, !hasWork { throw BrokerError.queueGone(name: "the work queue") }
    }

    /// The common queue is removed with what stands in it and what workers hold of it; these are told.
    mutating func removeWorkQueue() {
        hasWork = false
        ready.removeAll { $0.queue == .common }
        heldJobs = heldJobs.filter { $0.value.message.queue != .common }
        for index in workers.indices where workers[index].queue == .common {
            (workers[index].isLeaving, workers[index].busy) = (true, false)
            workers[index].jobs.finish(throwing: BrokerError.queueGone(name: "the work queue"))
        }
    }

    mutating func append(toWork message: Stored) {
        guard hasWork || message.queue != .common else { return }
        ready.append(placed(message))
        deliverJobs()
    }

    /// Throws ``BrokerError/noQueue(for:)`` and ``BrokerError/queueGone(name:)``.
    mutating func attach(worker jobs: Stream, queue: WorkQueue) throws -> UInt64 {
        try requireWork(queue)
        if let only = queue.capability, !opened.contains(only) { throw BrokerError.noQueue(for: only) }
        let link = newLink()
        workers.append(Worker(link: link, jobs: jobs, queue: queue))
        deliverJobs()
        return link
    }

    func requireWorker(_ link: UInt64) throws {
        guard workers.contains(where: { $0.link == link }) else { throw BrokerError.linkClosed }
    }

    /// Of the queue that a worker's jobs come out of. Throws ``BrokerError/linkClosed`` and ``BrokerError/queueGone(name:)``.
    func depth(ofWorker link: UInt64) throws -> QueueDepth {
        guard let worker = workers.first(where: { $0.link == link }) else { throw BrokerError.linkClosed }
        return try depth(for: worker.queue)
    }

    /// The worker gets no further job; what it has stays with it. Throws ``BrokerError/linkClosed``.
    mutating func stopDeliveries(toWorker link: UInt64) throws {
        guard let index = workers.firstIndex(where: { $0.link == link }) else { throw BrokerError.linkClosed }
        workers[index].isLeaving = true
        workers[index].jobs.finish()
    }

    /// The worker goes: the job that it held comes back.
    mutating func detach(worker link: UInt64) {
        guard let index = workers.firstIndex(where: { $0.link == link }) else { return }
        workers.remove(at: index).jobs.finish(throwing: BrokerError.linkClosed)
        release(link)
    }

    /// Takes the first ready job for the planner. Throws ``BrokerError/queueGone(name:)``.
    mutating func getJob(_ link: UInt64, for queue: WorkQueue) throws -> Delivery? {
        try requireWork(queue)
        return ready.firstIndex { $0.queue == queue }.map { hold(ready.remove(at: $0), for: link) }
    }

    mutating func acknowledge(_ delivery: Delivery) {
        switch delivery.source {
        case .work: free(heldJobs.removeValue(forKey: delivery.tag)?.holder)
        case .inbox: confirms.confirm(heldInbox.removeValue(forKey: delivery.tag)?.confirm)
        case .feed: break
        }
    }

    mutating func reject(_ delivery: Delivery) {
        guard let held = heldJobs.removeValue(forKey: delivery.tag) else { return }
        deadLetter(held.message)
        free(held.holder)
    }

    mutating func giveBack(_ delivery: Delivery) {
        guard let held = heldJobs.removeValue(forKey: delivery.tag) else { return }
        comeBack(held.message)
        free(held.holder)
    }

    private mutating func release(_ link: UInt64) {
        let tags = heldJobs.filter { $0.value.holder == link }.keys.sorted()
        for tag in tags { if let held = heldJobs.removeValue(forKey: tag) { comeBack(held.message) } }
        deliverJobs()
    }

    private mutating func comeBack(_ message: Stored) {
        var message = message
        message.earlierDeliveries += 1
        guard message.earlierDeliveries <= Topology.deliveryLimit else { return deadLetter(message) }
        let index = ready.firstIndex { $0.place > message.place } ?? ready.endIndex
        ready.insert(message, at: index)
    }

    private mutating func deadLetter(_ message: Stored) {
        tellPlanner(Stored(id: message.id, topic: Topic.dead, body: message.body))
    }

    private mutating func free(_ link: UInt64?) {
        guard let index = workers.firstIndex(where: { $0.link == link }) else { return }
        workers[index].busy = false
        deliverJobs()
    }

    private mutating func deliverJobs() {
        var next = 0
        while next < ready.count, workers.contains(where: { !$0.busy && !$0.isLeaving }) {
            guard
                let index = workers.firstIndex(where: { !$0.busy && !$0.isLeaving && $0.queue == ready[next].queue })
            else {
                next += 1
                continue
            }
            var worker = workers.remove(at: index)
            worker.busy = true
            workers.append(worker)
            worker.jobs.yield(hold(ready.remove(at: next), for: worker.link))
        }
    }

    private mutating func hold(_ message: Stored, for link: UInt64) -> Delivery {
        tags += 1
        heldJobs[tags] = Held(message: message, holder: link)
        return delivery(message, source: .work, tag: tags)
    }

    // MARK: Inbox and feed, which is the dead-letter queue too

    /// What workers and operators say: into the feed, and to the planner.
    mutating func tellPlanner(_ message: Stored) {
        append(toFeed: message)
        waitingInbox.append(placed(message))
        deliverInbox()
    }

    /// The same; `confirm` is resumed when the planner has acknowledged the message, and throws where there is no planner, or it goes.
    mutating func tellPlanner(_ message: Stored, confirm: CheckedContinuation<Void, any Error>, as key: UInt64) {
        guard planner != nil, confirms.wait(key, confirm) else {
            return confirm.resume(throwing: BrokerError.linkClosed)
        }
        var message = message
        message.confirm = key
        tellPlanner(message)
    }

    mutating func cancelConfirm(_ key: UInt64) { confirms.cancel(key) }

    mutating func removeFeed() {
        (hasFeed, feed) = (false, [])
        for follower in followers { follower.finish(throwing: BrokerError.linkClosed) }
        followers = []
    }

    mutating func append(toFeed message: Stored) {
        guard hasFeed else { return }
        feed.append(message)
        let delivery = delivery(message, source: .feed, tag: UInt64(feed.count))
        for follower in followers { follower.yield(delivery) }
    }

    mutating func attach(follower: Stream, follow: Bool) {
        for delivery in feedParcels { follower.yield(delivery) }
        if follow { followers.append(follower) } else { follower.finish() }
    }

    var feedParcels: [Delivery] {
        feed.enumerated().map { delivery($0.element, source: .feed, tag: UInt64($0.offset + 1)) }
    }

    private mutating func deliverInbox() {
        guard let planner else { return }
        for message in waitingInbox {
            tags += 1
            heldInbox[tags] = message
            planner.yield(delivery(message, source: .inbox, tag: tags))
        }
        waitingInbox.removeAll()
    }

    private mutating func placed(_ message: Stored) -> Stored {
        places += 1
        var message = message
        message.place = places
        return message
    }

    private func delivery(_ message: Stored, source: Delivery.Source, tag: UInt64) -> Delivery {
        Delivery(
            id: message.id, topic: message.topic, body: message.body, earlierDeliveries: message.earlierDeliveries,
            source: source, tag: tag)
    }
}
