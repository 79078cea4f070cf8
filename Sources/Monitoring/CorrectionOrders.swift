import Campaigns

extension OperatorOrders {
    /// The values of a job's result with those that were typed in their places. Throws ``OutOfPlace`` where it has no result of its own, and ``WrongData``.
    func correction(
        of job: JobID, _ typed: [String: String], _ reason: Event.Reason, _ history: CampaignHistory, _ place: String
    ) throws -> Event.Correction {
        let (state, campaign) = (history.state, history.campaign)
        guard let observation = state.observations.last(where: { $0.job == job }) else {
            let samples = state.batches[job]?.map(\.rawValue).joined(separator: ", ")
            throw OutOfPlace(
                samples.map { "job \(job) is a batch: correct one of its samples, \($0)" }
                    ?? "job \(job) has no result: it is \(state.jobs[job]?.status.word ?? "gone")")
        }
        guard !typed.isEmpty else { throw OutOfPlace("say which value of job \(job) was wrong, and what is right") }
        // What was not typed stays, with its limit and its standard error.
        let kept = observation.values.keys.filter { typed[$0] == nil }
        let result = try TypedRow([:], typed).values(of: campaign, at: place)
        let correction = Event.Correction(
            job: job, values: observation.values.filter { kept.contains($0.key) }.merging(result.values) { $1 },
            limits: Self.merged(observation.limits, kept, result.limits),
            errors: Self.merged(observation.errors, kept, result.errors), by: reason.by, reason: reason.reason)
        if let refusal = state.jobs[job]?.job.refusal(
            of: MeasurementResult(correction.values, errors: correction.errors ?? [:]))
        {
            throw WrongData(place, refusal)
        }
        return correction
    }

    /// Throws ``OutOfPlace`` for a comment that says nothing, or too much.
    func comment(on job: JobID, _ text: String) throws -> Event.Comment {
        guard !text.isEmpty else { throw OutOfPlace("a comment has a text") }
        guard text.count <= Event.Comment.longest else {
            throw OutOfPlace("a comment has at most \(Event.Comment.longest) characters")
        }
        return .init(job: job, by: name, text: text)
    }

    private static func merged<Value>(
        _ old: [String: Value]?, _ kept: [String], _ new: [String: Value]
    ) -> [String: Value]? {
        let all = (old ?? [:]).filter { kept.contains($0.key) }.merging(new) { $1 }
        return all.isEmpty ? nil : all
    }
}
