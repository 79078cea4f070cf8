import Campaigns

extension OperatorOrders {
    /// Throws ``OutOfPlace`` for a job that does not wait, or stands where it is to be moved to already.
    func move(
        _ job: JobID, to place: OrderRequest.Place, _ reason: Event.Reason, _ history: CampaignHistory
    ) throws -> Event.Move {
        let state = history.state
        func waits(_ id: JobID) -> Bool {
            state.experiments(of: id).contains { state.jobs[$0]?.status.isWaiting ?? false }
        }
        let message = state.message(of: job)
        guard waits(message), let queue = state.experiments(of: message).first.flatMap({ state.jobs[$0]?.job.queue })
        else {
            let word = state.experiments(of: job).compactMap { state.jobs[$0]?.status.word }.first ?? "gone"
            throw OutOfPlace("job \(job) is \(word): only a job that waits has a place in a queue")
        }
        let line = state.waitingMessages(in: queue)
        let before: JobID?
        switch place {
        case .first: before = line.first
        case .last: before = nil
        case .before(let text):
            let other = state.message(of: try state.job(text, for: history.campaign.objectives))
            guard other != message else { throw OutOfPlace("job \(job) cannot stand before itself") }
            guard line.contains(other) else {
                throw OutOfPlace(
                    waits(other)
                        ? "job \(other) waits for other workers than job \(job)"
                        : "job \(other) does not wait any more: nothing can be put before it")
            }
            before = other
        }
        let next = line.firstIndex(of: message).flatMap { $0 + 1 < line.count ? line[$0 + 1] : nil }
        guard before != message, before != next else { throw OutOfPlace("job \(job) stands there already") }
        return .init(job: message, before: before, by: reason.by, reason: reason.reason)
    }

    /// The budget with limits as they were typed, by name; those that are not named stay. Throws ``OutOfPlace`` where the campaign has ended or nothing
    /// would change, and ``WrongData``.
    func budgeting(
        _ limits: [String: String], _ reason: Event.Reason, _ history: CampaignHistory, _ place: String
    ) throws -> Event.Budgeting {
        let (state, campaign) = (history.state, history.campaign)
        guard !state.isFinished else {
            throw OutOfPlace(
                "the campaign \(campaign.name) has ended: change the budget in its file, and start the planner again")
        }
        let budget = try campaign.budget.with(limits, at: place)
        guard budget != campaign.budget else {
            throw OutOfPlace("that is the budget already: \(budget.text(of: campaign))")
        }
        if let refusal = budget.refusal(in: campaign) { throw WrongData(place, refusal) }
        return .init(budget: budget, by: reason.by, reason: reason.reason)
    }
}
