import Campaigns

/// Jobs that somebody took out of their queue for a time, and has neither measured nor kept for longer.
enum Leases {
    /// Says of each whose lease has ended what becomes of a job whose worker is lost; returns what was announced.
    static func announceEnds(_ journal: inout Journal) async throws -> [Event] {
        let now = journal.dependencies.now()
        let over = journal.state.claimed.filter { $0.isLeaseOver(at: now) }.byMessage
        guard !over.isEmpty else { return [] }
        return try await journal.announce(
            over.compactMap(\.first).map { record in
                let reason = "the lease of \(record.worker ?? "its worker") has ended"
                journal.logger.info("job \(record.job.message): \(reason)")
                return record.end(ofLostBy: journal.planner, reason: reason, now: now)
                    ?? .returned(
                        .init(
                            job: record.job.message, publication: record.job.publication, by: journal.planner,
                            reason: reason))
            })
    }
}

extension Event.Body {
    /// Whether the message of the job that it is about may stand in a queue still, for nothing.
    var mayLeaveSurplus: Bool { kind == .released || kind == .claimed }
}
