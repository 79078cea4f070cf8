import Campaigns

/// The consumers of one campaign's work queues in an embedded broker, each with one job at most.
struct EmbeddedWorkers: Sendable {
    private struct Worker: Sendable {
        let link: UInt64
        let jobs: EmbeddedQueues.Stream
        let queue: WorkQueue
        var isBusy = false
        /// Whether it wants no further jobs.
        var isLeaving = false
    }

    /// In the order in which they are served: whoever got a job goes to the end.
    private var workers: [Worker] = []

    mutating func add(_ link: UInt64, _ jobs: EmbeddedQueues.Stream, _ queue: WorkQueue) {
        workers.append(Worker(link: link, jobs: jobs, queue: queue))
    }

    /// How many consumers a queue has, as a quorum queue counts: whoever leaves is one until its job is acknowledged.
    func count(at queue: WorkQueue) -> Int { workers.count { $0.queue == queue && (!$0.isLeaving || $0.isBusy) } }

    /// The queue that a worker's jobs come out of. Throws ``BrokerError/linkClosed``.
    func queue(of link: UInt64) throws -> WorkQueue { workers[try index(of: link)].queue }

    /// Whether one takes a job of any queue.
    var isAnyFree: Bool { workers.contains { !$0.isBusy && !$0.isLeaving } }

    /// The next one to be served from a queue, which is busy then; nil where none is free.
    mutating func next(for queue: WorkQueue) -> (link: UInt64, jobs: EmbeddedQueues.Stream)? {
        guard let index = workers.firstIndex(where: { !$0.isBusy && !$0.isLeaving && $0.queue == queue }) else {
            return nil
        }
        var worker = workers.remove(at: index)
        worker.isBusy = true
        workers.append(worker)
        return (worker.link, worker.jobs)
    }

    /// One has no job any more; false where it is none.
    mutating func free(_ link: UInt64) -> Bool {
        guard let index = try? index(of: link) else { return false }
        workers[index].isBusy = false
        return true
    }

    /// One gets no further job. Throws ``BrokerError/linkClosed``.
    mutating func stopDeliveries(to link: UInt64) throws {
        let index = try index(of: link)
        workers[index].isLeaving = true
        workers[index].jobs.finish()
    }

    /// One goes; false where it is none.
    mutating func remove(_ link: UInt64) -> Bool {
        guard let index = try? index(of: link) else { return false }
        workers.remove(at: index).jobs.finish(throwing: BrokerError.linkClosed)
        return true
    }

    /// The common queue is gone, and with it the jobs that its workers had; these are told.
    mutating func loseCommonQueue() {
        for index in workers.indices where workers[index].queue == .common {
            (workers[index].isLeaving, workers[index].isBusy) = (true, false)
            workers[index].jobs.finish(throwing: BrokerError.queueGone(name: "the work queue"))
        }
    }

    /// Ends the streams of all of them.
    func end() {
        for worker in workers { worker.jobs.finish(throwing: BrokerError.linkClosed) }
    }

    private func index(of link: UInt64) throws -> Int {
        guard let index = workers.firstIndex(where: { $0.link == link }) else { throw BrokerError.linkClosed }
        return index
    }
}
