import Campaigns

extension CampaignState {
    /// Why a text names no job, or several.
    public enum NoSuchJob: Error, Hashable, Sendable, CustomStringConvertible {
        /// No job's id begins like this.
        case unknown(String)
        /// Several do.
        case ambiguous(String, [JobID])
        /// There is no job yet.
        case none(String)

        public var description: String {
            switch self {
            case .unknown(let text):
                "the campaign has no job \(text.prefix(80)): give an id, its beginning, its number, latest, or best"
            case .ambiguous(let text, let jobs):
                "\(text.prefix(80)) can be \(jobs.prefix(5).map(\.rawValue).joined(separator: ", "))\(jobs.count > 5 ? " or others" : ""): give more of it"
            case .none(let text): "the campaign has no job yet that could be the \(text)"
            }
        }
    }

    /// The job that a person means by `text`: its id, any beginning of it that no other job has, its number with or without leading zeros, 7.2 for a
    /// sample of a batch, `latest`, or `best`, the one with the best value for `objectives`.
    public func job(_ text: String, for objectives: [Objective]) throws(NoSuchJob) -> JobID {
        if jobs[JobID(text)] != nil || batches[JobID(text)] != nil { return JobID(text) }
        if text == "latest" {
            guard let last = order.last else { throw .none(text) }
            return last
        }
        if text == "best" {
            guard let best = best(for: objectives)?.job else { throw .none(text) }
            return best
        }
        let exact = order.filter { $0.isMeant(by: text) }
        let samples =
            exact.isEmpty ? order.filter { $0.rawValue.hasPrefix(text) || $0.withoutZeros.hasPrefix(text) } : exact
        // The samples of one batch are the batch.
        let meant =
            samples.count == 1
            ? samples
            : samples.map(message(of:)).reduce(into: []) { jobs, job in
                if jobs.last != job { jobs.append(job) }
            }
        guard !text.isEmpty, let first = meant.first else { throw .unknown(text) }
        guard meant.count == 1 else { throw .ambiguous(text, meant) }
        return first
    }
}

extension JobID {
    /// Whether a text is the number that the planner gave it, with the sample's where it is one of a batch: 7, or 7.2.
    fileprivate func isMeant(by text: String) -> Bool {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let parts = rawValue.split(separator: "-")
        guard numbers.count <= 2, let number = numbers[0], parts.count == 2, number == Int(parts[0]) else {
            return false
        }
        guard numbers.count == 2 else { return true }
        let sample = parts[1].split(separator: ".").dropFirst().first.flatMap { Int($0) }
        return sample != nil && sample == numbers[1]
    }
    /// The id as people may type it: 17-5be1d0 for 0017-5be1d0.
    fileprivate var withoutZeros: Substring { rawValue.drop { $0 == "0" } }
}

extension CampaignState.NoSuchJob: CodedError {
    public var code: String {
        switch self {
        case .unknown, .none: "unknown-job"
        case .ambiguous: "ambiguous-job"
        }
    }
}
