import Campaigns

/// What a worker keeps in memory from one link to the next.
struct WorkerBench {
    /// Results that no broker has confirmed yet.
    private(set) var kept: [Event]
    /// Those of them that the outbox could not take: they die with the process.
    private(set) var unsaved: Set<EventID> = []
    /// The last results that were confirmed, by their jobs: these are not measured again if they come again.
    private var done: [JobID: Event] = [:]
    private var order: [JobID] = []
    /// Why the instrument can measure nothing any more.
    var unusable: InstrumentUnusable?

    init(kept: [Event]) { self.kept = kept }

    mutating func keep(_ result: Event, isSaved: Bool) {
        kept.append(result)
        if !isSaved { unsaved.insert(result.id) }
    }

    /// What was confirmed of a job, one result for each of its experiments; nil where one of them is missing.
    func results(of job: Job) -> [Event]? {
        let results = job.experiments.compactMap { done[$0.id] }
        return results.count == job.experiments.count ? results : nil
    }

    mutating func confirmed(_ result: Event) {
        kept.removeAll { $0.id == result.id }
        unsaved.remove(result.id)
        // One that was given back is measured if it comes again.
        guard let job = result.body.job, !result.body.isReturn else { return }
        if done.updateValue(result, forKey: job) == nil { order.append(job) }
        if order.count > 1000 { done.removeValue(forKey: order.removeFirst()) }
    }
}

extension Event.Body {
    /// Whether a worker gave its job back.
    fileprivate var isReturn: Bool { if case .returned = self { true } else { false } }
}
