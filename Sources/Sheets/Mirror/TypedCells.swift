import Campaigns
import Foundation
import Monitoring

/// What people typed into the cells of a row, as events.
extension Mirror {
    private var orders: OperatorOrders {
        let now = now
        return OperatorOrders(by: worker, now: { now })
    }

    private func event(_ id: EventID, _ body: Event.Body) -> Event {
        Event(id: id, campaign: campaign.name, time: now, body: body)
    }

    /// A result typed beside a job, or why it failed.
    func takeAnswer(_ row: TabReading.Row, _ job: JobID, _ taken: inout Taken, _ plan: inout Plan) {
        var typed: [String: String] = [:]
        for objective in campaign.objectives {
            if let text = row.typed(.value(objective.name)), !text.isEmpty { typed[objective.name] = text }
        }
        guard !typed.isEmpty else { return }
        let roles = typed.keys.map { ColumnRole.value($0) }
        let id = SentEvents.id("r", [job.rawValue] + typed.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
        if let refusal = sent.refusal(of: id) { return taken.flag(roles, refusal) }
        guard !sent.contains(id) else { return taken.recorded.formUnion(roles) }
        let began: Double = if case .started(_, let since)? = state.jobs[job]?.status { min(since, now) } else { now }
        let body: Event.Body
        if typed.values.contains(where: Self.isDate) { return taken.flag(roles, Self.dateInstead) }
        if let (kind, reason) = typed.values.lazy.compactMap(Self.failure).first {
            guard !reason.isEmpty else { return taken.flag(roles, "say why, after a colon: failed: the vial broke") }
            body = .failed(.init(job: job, worker: worker, reason: reason, began: began, ended: now, kind: kind))
        } else {
            do {
                let result = try TypedRow([:], typed).result(of: campaign, at: "the sheet")
                body = .measured(
                    .init(
                        job: job, worker: worker, values: result.values, began: began, ended: now,
                        parameters: state.jobs[job]?.job.parameters,
                        limits: result.limits.isEmpty ? nil : result.limits,
                        errors: result.errors.isEmpty ? nil : result.errors))
            } catch {
                return taken.flag(roles, Self.words(error))
            }
        }
        if let claim = claim(of: job) { plan.results.append(claim) }
        plan.results.append(event(id, body))
        taken.isUnderWay = true
    }

    /// Seconds for which a job is claimed before its answer is sent: where the planner refuses the answer, the job is handed out again after them.
    private static let lease = 600.0

    /// The claim of a job that stands in its queue, which the planner then takes it out of; a sample stays with its batch.
    private func claim(of job: JobID) -> Event? {
        guard let record = state.jobs[job], record.status == .ready, record.job.batch == nil else { return nil }
        let publication = record.job.publication
        let claim = Event.Claim(
            job: job, publication: publication, worker: worker, until: now + Self.lease,
            parameters: record.job.parameters)
        return event(SentEvents.id("t", [job.rawValue, "\(publication)", worker]), .claimed(claim))
    }

    /// `failed: why`, `infeasible: why` or `accident: why`.
    private static func failure(_ text: String) -> (FailureKind?, String)? {
        let kinds: [(String, FailureKind?)] = [
            ("failed", nil), ("infeasible", .infeasible), ("accident", .accident),
        ]
        let lowered = text.lowercased()
        guard let (word, kind) = kinds.first(where: { lowered.hasPrefix($0.0) }) else { return nil }
        let reason = text.dropFirst(word.count).trimmingCharacters(in: CharacterSet(charactersIn: ": ,;-"))
        return (kind, reason)
    }

    /// A value of a result that a person has changed.
    func takeCorrection(_ row: TabReading.Row, _ job: JobID, _ taken: inout Taken, _ plan: inout Plan) {
        guard row.mark != nil, let observation = observations[job] else { return }
        var typed: [String: String] = [:]
        for objective in campaign.objectives {
            let role = ColumnRole.value(objective.name)
            guard let text = row.typed(role) else { continue }
            guard !TabReading.Row.isSame(text, observation.typed(objective.name) ?? "") else {
                taken.recorded.insert(role)
                continue
            }
            if text.isEmpty {
                taken.flags[role] = "a result is not deleted here: exclude it, or correct it"
            } else {
                typed[objective.name] = text
            }
        }
        guard !typed.isEmpty else { return }
        let roles = typed.keys.map { ColumnRole.value($0) }
        let parts = typed.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value, row.written(.value($0.key))] }
        let id = SentEvents.id("c", [job.rawValue] + parts)
        if let refusal = sent.refusal(of: id) { return taken.flag(roles, refusal) }
        guard !sent.contains(id) else { return taken.recorded.formUnion(roles) }
        if typed.values.contains(where: Self.isDate) { return taken.flag(roles, Self.dateInstead) }
        do {
            let order = try orders.event(
                .correct(job: job.rawValue, values: typed), because: "corrected in the spreadsheet", in: history,
                at: "the sheet")
            plan.orders.append(event(id, order.body))
            taken.isUnderWay = true
        } catch {
            taken.flag(roles, Self.words(error))
        }
    }

    /// A comment that a person has typed, or the end of one.
    func takeComment(_ row: TabReading.Row, _ job: JobID, _ taken: inout Taken, _ plan: inout Plan) {
        guard let typed = row.typed(.comment), !typed.isEmpty, typed != Rendering.comments(state, job) else { return }
        let written = row.written(.comment)
        let added = typed.hasPrefix(written) ? String(typed.dropFirst(written.count)) : typed
        let text = added.trimmingCharacters(in: CharacterSet(charactersIn: "; \n"))
        guard !text.isEmpty else { return }
        let id = SentEvents.id("k", [job.rawValue, written, text])
        guard !sent.contains(id) else {
            taken.recorded.insert(.comment)
            return
        }
        plan.orders.append(
            event(id, .commented(.init(job: job, by: worker, text: String(text.prefix(Event.Comment.longest))))))
        taken.isUnderWay = true
    }

    /// Whether a spreadsheet took what was typed for a date or a time, as some do with 1.5.
    static func isDate(_ text: String) -> Bool {
        text.prefixMatch(of: /\d{1,4}([-.\/])\d{1,2}\1\d{1,4}\b/) != nil
            || text.prefixMatch(of: /\d{1,2}:\d{2}\b/) != nil
    }

    static let dateInstead =
        "the spreadsheet took this for a date: type the number with the decimal sign that this spreadsheet uses, in a cell that is formatted as a number"

    static func words(_ error: any Error) -> String { "\(error)".replacing("the sheet: ", with: "") }
}

extension Taken {
    /// Something is wrong with what stands in some cells.
    mutating func flag(_ roles: [ColumnRole], _ reason: String) { for role in roles { flags[role] = reason } }
}
