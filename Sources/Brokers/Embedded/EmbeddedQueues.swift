import AMQP
import Campaigns
import Foundation

/// The queues of one campaign in an embedded broker: a value that changes one operation at a time.
struct EmbeddedQueues: Sendable {
    typealias Stream = AsyncThrowingStream<Delivery, any Error>.Continuation

    private struct Held: Sendable {
        let message: Stored
        let holder: UInt64
    }

    private var links: UInt64 = 0
    private var tags: UInt64 = 0
    private var places: UInt64 = 0
    private var ready: [Stored] = []
    /// The workers of some capability that have a queue.
    private var opened: Set<Capability> = []
    private var heldJobs: [UInt64: Held] = [:]
    private var workers = EmbeddedWorkers()
    private var waitingInbox: [Stored] = []
    private var heldInbox: [UInt64: Stored] = [:]
    /// The feed, which is the dead-letter queue too.
    private(set) var feed = EmbeddedFeed()
    private var hasWork = true
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
        defer { (hadPlanner, hasWork) = (true, true) }
        let isFeedNew = feed.declare()
        planner?.finish(throwing: BrokerError.linkClosed)
        requeueInbox()
        if let holder = lock.holder { release(holder) }
        planner = stream
        deliverInbox()
        guard hadPlanner else { return Set(CampaignQueue.allCases) }
        return Set((isFeedNew ? [.feed] : []) + (hasWork ? [] : [.work]))
    }

    /// The queues are removed: every stream ends, and nobody gets the lock.
    mutating func end() {
        planner?.finish(throwing: BrokerError.linkClosed)
        workers.end()
        feed.end()
        requeueInbox()
        failConfirms()
        lock.end()
    }

    /// The planner's link ends: what it held comes back, and the first in the queue gets the lock.
    mutating func unlock(_ link: UInt64) {
        guard lock.holder == link else { return }
        planner?.finish(throwing: BrokerError.linkClosed)
        planner = nil
        requeueInbox()
        failConfirms()
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

    /// The planner is gone: nobody says that what waits is on its disk.
    private mutating func failConfirms() {
        for index in waitingInbox.indices {
            waitingInbox[index].confirm?.settle(.failure(BrokerError.linkClosed))
            waitingInbox[index].confirm = nil
        }
    }

    // MARK: The work queue

    /// Throws ``BrokerError/queueGone(name:)``.
    func depth(for queue: WorkQueue) throws -> QueueDepth {
        try requireWork(queue)
        return QueueDepth(ready: ready.count { $0.queue == queue }, consumers: workers.count(at: queue))
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
        workers.loseCommonQueue()
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
        workers.add(link, jobs, queue)
        deliverJobs()
        return link
    }

    func requireWorker(_ link: UInt64) throws { _ = try workers.queue(of: link) }

    /// Of the queue that a worker's jobs come out of. Throws ``BrokerError/linkClosed`` and ``BrokerError/queueGone(name:)``.
    func depth(ofWorker link: UInt64) throws -> QueueDepth {
        try depth(for: workers.queue(of: link))
    }

    /// The worker gets no further job; what it has stays with it. Throws ``BrokerError/linkClosed``.
    mutating func stopDeliveries(toWorker link: UInt64) throws { try workers.stopDeliveries(to: link) }

    /// The worker goes: the job that it held comes back.
    mutating func detach(worker link: UInt64) {
        if workers.remove(link) { release(link) }
    }

    /// Takes the first ready job for the planner. Throws ``BrokerError/queueGone(name:)``.
    mutating func getJob(_ link: UInt64, for queue: WorkQueue) throws -> Delivery? {
        try requireWork(queue)
        return ready.firstIndex { $0.queue == queue }.map { hold(ready.remove(at: $0), for: link) }
    }

    mutating func acknowledge(_ delivery: Delivery) {
        switch delivery.source {
        case .work: free(heldJobs.removeValue(forKey: delivery.tag)?.holder)
        case .inbox: heldInbox.removeValue(forKey: delivery.tag)?.confirm?.settle(.success(()))
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
        guard let link, workers.free(link) else { return }
        deliverJobs()
    }

    private mutating func deliverJobs() {
        var next = 0
        while next < ready.count, workers.isAnyFree {
            guard let worker = workers.next(for: ready[next].queue) else {
                next += 1
                continue
            }
            worker.jobs.yield(hold(ready.remove(at: next), for: worker.link))
        }
    }

    private mutating func hold(_ message: Stored, for link: UInt64) -> Delivery {
        tags += 1
        heldJobs[tags] = Held(message: message, holder: link)
        return message.delivery(from: .work, tag: tags)
    }

    // MARK: Inbox and feed

    /// What workers and operators say: into the feed, and to the planner.
    mutating func tellPlanner(_ message: Stored) {
        feed.append(message)
        waitingInbox.append(placed(message))
        deliverInbox()
    }

    /// The same; `confirm` is settled when the planner has acknowledged the message, or goes. Throws ``BrokerError/linkClosed`` where there is none.
    mutating func tellPlanner(_ message: Stored, confirm: Promise<Void>) throws {
        guard planner != nil else { throw BrokerError.linkClosed }
        var message = message
        message.confirm = confirm
        tellPlanner(message)
    }

    mutating func removeFeed() { feed.remove() }

    mutating func append(toFeed message: Stored) { feed.append(message) }

    mutating func attach(follower: Stream, follow: Bool) { feed.attach(follower, follow: follow) }

    private mutating func deliverInbox() {
        guard let planner else { return }
        for message in waitingInbox {
            tags += 1
            heldInbox[tags] = message
            planner.yield(message.delivery(from: .inbox, tag: tags))
        }
        waitingInbox.removeAll()
    }

    private mutating func placed(_ message: Stored) -> Stored {
        places += 1
        var message = message
        message.place = places
        return message
    }
}
