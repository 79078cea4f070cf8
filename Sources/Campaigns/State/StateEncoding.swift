// States as JSON, for programs that show them: a web page, a dashboard. The events alone are what is kept and published.

extension JobStatus: Encodable {
    private enum Key: String, CodingKey { case status, worker, since, reason, measured, failed, held }

    /// An object with the `status` as a word and what belongs to it: `{"status": "being measured", "worker": "w", "since": 1}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(word, forKey: .status)
        switch self {
        case .ready, .withdrawn, .released: break
        case .started(let worker, let since):
            try container.encode(worker, forKey: .worker)
            try container.encode(since, forKey: .since)
        case .measured(let measurement): try container.encode(measurement, forKey: .measured)
        case .failed(let failure): try container.encode(failure, forKey: .failed)
        case .dead(let reason): try container.encode(reason, forKey: .reason)
        case .held(let hold): try container.encode(hold, forKey: .held)
        }
    }
}

extension JobRecord: Encodable {
    private enum Key: String, CodingKey {
        case job, published, state, overdue, progress
        case claimedUntil = "claimed_until"
    }

    /// The job, when it was published, and its ``JobStatus``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(job, forKey: .job)
        try container.encode(published, forKey: .published)
        try container.encode(status, forKey: .state)
        try container.encode(isOverdue, forKey: .overdue)
        try container.encodeIfPresent(progress, forKey: .progress)
        try container.encodeIfPresent(claimedUntil, forKey: .claimedUntil)
    }
}

extension CampaignState: Encodable {
    private enum Key: String, CodingKey {
        case definition, phase, reason, opened, jobs, pending, observations, measured, failed, given, duplicates
        case redelivered, unreadable, capabilities, trouble, verdicts, corrections, comments
        case sharedNames = "shared_names"
        case failuresInRow = "failures_in_row"
    }

    /// Everything that observers show: the jobs in the order of their publication, the observations in the order in which they came.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(definition, forKey: .definition)
        try container.encode(phase.word, forKey: .phase)
        try container.encodeIfPresent(phase.reason, forKey: .reason)
        try container.encodeIfPresent(openedAt, forKey: .opened)
        try container.encode(order.compactMap { jobs[$0] }, forKey: .jobs)
        try container.encode(pending, forKey: .pending)
        try container.encode(observations, forKey: .observations)
        if !verdicts.isEmpty {
            try container.encode(
                Dictionary(uniqueKeysWithValues: verdicts.map { ($0.key.rawValue, $0.value) }), forKey: .verdicts)
        }
        if !corrections.isEmpty { try container.encode(corrections, forKey: .corrections) }
        if !comments.isEmpty {
            let sorted = comments.sorted { $0.key.rawValue < $1.key.rawValue }
            try container.encode(sorted.flatMap(\.value), forKey: .comments)
        }
        try container.encode(measured, forKey: .measured)
        try container.encode(failed, forKey: .failed)
        try container.encode(tally.given, forKey: .given)
        try container.encode(tally.duplicates, forKey: .duplicates)
        try container.encode(tally.redelivered, forKey: .redelivered)
        try container.encode(tally.unreadable, forKey: .unreadable)
        try container.encode(failuresInRow, forKey: .failuresInRow)
        try container.encode(capabilities.sorted { $0.queueName < $1.queueName }, forKey: .capabilities)
        try container.encode(sharedNames.sorted(), forKey: .sharedNames)
        try container.encodeIfPresent(lastTrouble, forKey: .trouble)
    }
}

extension CampaignState.Phase {
    /// The phase as one word.
    public var word: String {
        switch self {
        case .running: "running"
        case .paused: "paused"
        case .stopping: "stopping"
        case .finished: "finished"
        }
    }

    /// Why it is paused or ended.
    public var reason: String? { said?.reason }

    /// Who paused or ended it.
    public var by: String? { said?.by }

    private var said: Event.Reason? {
        switch self {
        case .running: nil
        case .paused(let reason), .stopping(let reason), .finished(let reason): reason
        }
    }
}

extension JobStatus {
    /// The status as one word or phrase.
    public var word: String {
        switch self {
        case .ready: "ready"
        case .started: "being measured"
        case .measured: "measured"
        case .failed: "failed"
        case .withdrawn: "withdrawn"
        case .dead: "given up"
        case .held: "held"
        case .released: "released"
        }
    }
}
