import Campaigns

/// What people have claimed of one campaign: what its record says, and what they have done here of which the record does not tell yet.
///
/// The record is what a restarted server goes by; the rest bridges the moments until the record has it.
struct Claims {
    /// A job that somebody claimed here.
    private struct Own {
        let message: Job
        let since: Double
    }

    /// Until when, in seconds since 1970, a publication was claimed here last.
    private struct Publication: Hashable {
        let message: JobID
        let number: Int
    }

    private var own: [String: Own] = [:]
    private var leases: [Publication: Double] = [:]
    /// Up to which of its publications an experiment was given back here; all of them where it was answered.
    private var settled: [JobID: Int] = [:]

    /// Claims of which nothing is known but what people have said, and nobody was told yet.
    init(untold: [Event]) {
        for event in untold {
            if case .measured(let measurement) = event.body { settle(measurement.job) }
            if case .failed(let failure) = event.body { settle(failure.job) }
            if case .returned(let hold) = event.body { settle(hold.job, publication: hold.publication) }
        }
    }

    /// Somebody has claimed a job.
    mutating func claim(_ message: Job, by person: String, since: Double, until: Double) {
        own[person] = Own(message: message, since: since)
        leases[Publication(message: message.id, number: message.publication)] = until
    }

    /// The lease of what somebody has ends later.
    mutating func renew(_ held: Bench.Held, until: Double) {
        leases[Publication(message: held.job.message, number: held.job.publication)] = until
    }

    /// An experiment is answered, or given back up to a publication.
    mutating func settle(_ job: JobID, publication: Int = .max) {
        settled[job] = max(settled[job] ?? 0, publication)
    }

    /// The experiment that a person has and is to measure next; nil where there is none, or the lease has ended.
    func held(by person: String, in state: CampaignState, now: Double) -> Bench.Held? {
        let recorded = state.claimed.filter { $0.worker == person }.compactMap { record -> Bench.Held? in
            guard case .started(_, let since) = record.status else { return nil }
            return Bench.Held(job: record.job, since: since, until: until(record.job, record.claimedUntil))
        }
        let untold = own[person].map { own in
            own.message.experiments.filter { isUntold($0, state) }.map {
                Bench.Held(job: $0, since: own.since, until: until($0, nil))
            }
        }
        return (recorded + (untold ?? [])).first { held in
            held.until > now && held.job.publication > settled[held.job.id] ?? -1
        }
    }

    private func until(_ job: Job, _ recorded: Double?) -> Double {
        let here = leases[Publication(message: job.message, number: job.publication)]
        return max(recorded ?? -.infinity, here ?? -.infinity)
    }

    /// Whether the record does not tell yet that an experiment was claimed: it knows nothing of the publication but that it circulates.
    private func isUntold(_ job: Job, _ state: CampaignState) -> Bool {
        guard let record = state.jobs[job.id], record.job.publication >= job.publication else { return true }
        return record.job.publication == job.publication && record.circulates
    }
}
