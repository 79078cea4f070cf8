import Campaigns

extension Double {
    /// A fraction in per cent, limited to 0 to 100.
    public var percent: String { "\((100 * min(1, max(0, self))).rounded(.down).shortest) %" }
}

extension Event.Body {
    /// The event in one line for people; nil where there is nothing to tell.
    public func summary(in state: CampaignState) -> String? {
        func at(_ point: Point?) -> String {
            guard let point, let space = state.definition?.space else { return "" }
            return " at \(space.describe(point))"
        }
        func values(_ values: [String: Double]) -> String {
            Campaign.describe(values, state.definition?.objectives ?? [])
        }
        /// What was set instead of what the job asked for.
        func other(_ measurement: Event.Measurement) -> String {
            guard let job = state.jobs[measurement.job]?.job else { return "" }
            let point = measurement.point(of: job)
            return point == job.parameters ? "" : ", really\(at(point))"
        }
        switch self {
        case .opened(let opening):
            let changes = (opening.changes ?? []).map { "; changed: \($0)" }.joined()
            return "planner \(opening.planner) opened the campaign\(changes)"
        case .published(let job):
            guard let samples = job.samples else { return "job \(job.id) is ready\(at(job.parameters))" }
            let shared = job.parameters.isEmpty ? "" : at(job.parameters)
            return "job \(job.id) is ready: a batch of \(samples.count)\(shared)"
        case .withdrawn(let reference): return "job \(reference.job) is withdrawn: \(reference.reason)"
        case .present(let presence): return "worker \(presence.worker) is connected, for jobs where \(presence.only)"
        case .started(let start):
            return "job \(start.job) is started by \(start.worker)" + (start.redelivered ? " (redelivered)" : "")
        case .claimed(let claim): return "job \(claim.job) is claimed by \(claim.worker)"
        case .progressed(let progress):
            let parts = [
                progress.fraction.map(\.percent), progress.note,
                progress.partial.map { "so far \(values($0))" },
            ]
            return "job \(progress.job) at \(progress.worker): \(parts.compactMap(\.self).joined(separator: ", "))"
        case .measured(let measurement):
            let attached = (measurement.attachments ?? []).map { ", \($0.url)" }.joined()
            return
                "job \(measurement.job) is measured by \(measurement.worker): \(values(measurement.values))\(attached)\(other(measurement))"
        case .failed(let failure):
            let kind = failure.kind.map { " (\($0.rawValue))" } ?? ""
            return "job \(failure.job) failed at \(failure.worker)\(kind): \(failure.reason)"
        case .dead(let reference): return "job \(reference.job) is dead-lettered: \(reference.reason)"
        case .held(let hold): return "job \(hold.job) is held by \(hold.by): \(hold.reason)"
        case .released(let release) where release.decision == .withdraw:
            return "\(release.by) withdraws job \(release.job): \(release.reason)"
        case .released(let release):
            return "job \(release.job) is released by \(release.by), to \(release.decision.rawValue)"
        case .returned(let hold): return "job \(hold.job) is returned by \(hold.by): \(hold.reason)"
        case .injected(let injection):
            let what = injection.values.map { "records \(values($0))" } ?? "requests a measurement"
            return "\(injection.by) \(what)\(at(injection.parameters))"
        case .excluded(let verdict):
            return "\(verdict.by) excludes the result of job \(verdict.job): \(verdict.reason)"
        case .included(let verdict):
            return "\(verdict.by) vouches for the result of job \(verdict.job): \(verdict.reason)"
        case .corrected(let correction):
            return
                "\(correction.by) corrects the result of job \(correction.job) to \(values(correction.values)): \(correction.reason)"
        case .commented(let comment): return "\(comment.by) says of job \(comment.job): \(comment.text)"
        case .moved(let move):
            let place = move.before.map { "before job \($0)" } ?? "to the end of the queue"
            return "\(move.by) moves job \(move.job) \(place): \(move.reason)"
        case .budgeted(let order):
            return "\(order.by) changes the budget to \(order.budget.text(of: state.definition)): \(order.reason)"
        case .overdue(let overdue): return "job \(overdue.job) at \(overdue.worker) is overdue: \(overdue.reason)"
        case .unreadable(let reason): return "a message went to the dead-letter queue: \(reason.reason)"
        case .paused(let reason): return "paused by \(reason.by): \(reason.reason)"
        case .resumed(let reason): return "resumed by \(reason.by): \(reason.reason)"
        case .stopped(let reason): return "stopped by \(reason.by): \(reason.reason)"
        case .finished: return nil
        }
    }
}
