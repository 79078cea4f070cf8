// Whether a campaign accepts a message: decided here for the planner's inbox, the feed, the fold, workers, imports and orders.

extension CampaignState {
    /// Why `campaign` refuses an event; nil if it accepts it. What a planner refused once stays refused.
    public func refusal(of event: Event, _ campaign: Campaign) -> Refusal? {
        refused[event.id].map { .refusedBefore(reason: $0) } ?? refusal(of: event.body, at: event.time, campaign)
    }

    private func refusal(of body: Event.Body, at time: Double, _ campaign: Campaign) -> Refusal? {
        switch body {
        case .published(let job): refusal(ofPoints: job.experiments.map(\.parameters), campaign)
        case .measured(let measurement): refusal(of: measurement, campaign)
        case .failed(let failure):
            refusal(of: failure.job, failure.parameters, failure.samples, began: failure.began, campaign)
        case .injected(let injection): refusal(of: injection, campaign)
        case .present(let presence):
            presence.only.restricting(campaign.space) == nil ? .nothingMeasurable(presence.only) : nil
        case .claimed(let claim):
            claim.until.isFinite
                ? refusal(of: claim.job, claim.parameters, claim.samples, began: time, campaign)
                : .notFinite(objective: "until", value: claim.until)
        case .held(let hold), .returned(let hold):
            refusal(of: hold.job, hold.parameters, hold.samples, began: time, campaign)
        case .withdrawn(let reference), .dead(let reference): refusal(ofReferenceTo: reference.job)
        case .released(let release): refusal(ofReferenceTo: release.job)
        case .excluded(let verdict), .included(let verdict): refusal(ofReferenceTo: verdict.job)
        case .corrected(let correction): refusal(of: correction)
        case .commented(let comment): refusal(ofReferenceTo: comment.job)
        case .moved(let move): refusal(ofReferenceTo: move.job)
        case .budgeted(let order): order.budget.refusal(in: campaign)
        case .overdue(let overdue): refusal(ofReferenceTo: overdue.job)
        // Progress of an unknown job is accepted: its result will carry its point.
        case .started, .progressed: nil
        case .opened, .unreadable, .paused, .resumed, .stopped, .finished: nil
        }
    }

    /// Why a planner refuses an event published by somebody else; nil if it accepts it.
    public func refusal(ofReceived event: Event, _ campaign: Campaign) -> Refusal? {
        event.body.kind.sender == .planner ? .plannersOwn(type: event.body.type) : refusal(of: event, campaign)
    }

    /// Why an experiment fits neither this run nor an earlier one; nil if it does: it may have been requested before the space changed.
    func refusal(of injection: Event.Injection, _ campaign: Campaign) -> Refusal? {
        let refusal =
            injection.isObservation
            ? refusal(ofMeasured: injection.parameters, campaign)
            : refusal(ofPoint: injection.parameters, campaign, constraintsHold: injection.values == nil)
        return refusal ?? campaign.refusal(ofValuesOf: injection)
    }

    private func refusal(of measurement: Event.Measurement, _ campaign: Campaign) -> Refusal? {
        guard measurement.began.isFinite, measurement.ended.isFinite, measurement.began <= measurement.ended else {
            return .endsBeforeItBegins
        }
        if let samples = batches[measurement.job] { return .resultOfBatch(measurement.job, samples: samples) }
        let job =
            jobs[measurement.job]?.job
            ?? Job(id: measurement.job, parameters: measurement.parameters ?? [:], of: campaign)
        let result = MeasurementResult(
            measurement.values, units: measurement.units ?? [:], attachments: measurement.attachments ?? [],
            cost: measurement.cost, errors: measurement.errors ?? [:])
        return refusal(of: measurement.job, measurement.parameters, nil, began: measurement.began, campaign)
            ?? refusal(ofMeasured: measurement.point(of: job), campaign) ?? job.refusal(of: result)
    }

    /// Why a point is none of the campaign's; nil if it lies in the space of this run, or of an earlier one: jobs of before a change of
    /// the space are still under way.
    private func refusal(ofPoint point: Point, _ campaign: Campaign, constraintsHold: Bool = true) -> Refusal? {
        campaign.space.refusal(of: point, constraintsHold: constraintsHold).flatMap { refusal in
            spaces.contains { $0.refusal(of: point, constraintsHold: constraintsHold) == nil } ? nil : refusal
        }
    }

    /// The same of a point that was really set.
    private func refusal(ofMeasured point: Point, _ campaign: Campaign) -> Refusal? {
        campaign.space.refusal(ofMeasured: point).flatMap { refusal in
            spaces.contains { $0.refusal(ofMeasured: point) == nil } ? nil : refusal
        }
    }

    private var spaces: [ParameterSpace] { definitions?.spaces ?? [] }

    /// Why a result's job does not belong to the campaign; nil if it does. A job whose publication is lost is known by its
    /// point; a measurement that began before the campaign was opened belongs to an earlier campaign of the same name.
    private func refusal(
        of job: JobID, _ parameters: Point?, _ samples: [Job.Sample]?, began: Double, _ campaign: Campaign
    ) -> Refusal? {
        guard !isKnown(job) else { return nil }
        guard let points = samples?.map(\.parameters) ?? parameters.map({ [$0] }), let openedAt, began >= openedAt
        else { return .unknownJob(job) }
        return refusal(ofPoints: points, campaign)
    }

    private func refusal(ofPoints points: [Point], _ campaign: Campaign) -> Refusal? {
        points.lazy.compactMap { refusal(ofPoint: $0, campaign) }.first
    }

    private func refusal(of correction: Event.Correction) -> Refusal? {
        if let samples = batches[correction.job] { return .resultOfBatch(correction.job, samples: samples) }
        guard let job = jobs[correction.job]?.job else { return .unknownJob(correction.job) }
        return job.refusal(of: MeasurementResult(correction.values, errors: correction.errors ?? [:]))
    }

    private func refusal(ofReferenceTo job: JobID) -> Refusal? { isKnown(job) ? nil : .unknownJob(job) }
}

extension Campaign {
    /// Why an experiment does not fit this campaign; nil if it does.
    public func refusal(of injection: Event.Injection) -> Refusal? {
        let refusal =
            injection.isObservation
            ? space.refusal(ofMeasured: injection.parameters)
            : space.refusal(of: injection.parameters, constraintsHold: injection.values == nil)
        return refusal ?? self.refusal(ofValuesOf: injection)
    }

    fileprivate func refusal(ofValuesOf injection: Event.Injection) -> Refusal? {
        let job = Job(id: injection.job, parameters: injection.parameters, of: self)
        return injection.values.flatMap { job.refusal(of: MeasurementResult($0, errors: injection.errors ?? [:])) }
    }
}

extension Event.Injection {
    /// Whether its point is what was really set, and need be none that could be asked for.
    fileprivate var isObservation: Bool { asMeasured == true && values != nil }
}

extension Job {
    /// Why `result` is not a valid result of this job; nil if it is.
    public func refusal(of result: MeasurementResult) -> Refusal? {
        for objective in objectives {
            guard let value = result.values[objective] else { return .missingObjective(objective) }
            guard value.isFinite else { return .notFinite(objective: objective, value: value) }
        }
        if let foreign = result.values.keys.sorted().first(where: { !objectives.contains($0) }) {
            return .unknownObjective(foreign, known: objectives)
        }
        for (name, error) in result.errors.sorted(by: { $0.key < $1.key }) {
            guard objectives.contains(name) else { return .unknownObjective(name, known: objectives) }
            guard error.isFinite, error >= 0 else { return .invalidError(objective: name, value: error) }
        }
        if let cost = result.cost, !cost.isFinite { return .notFinite(objective: "cost", value: cost) }
        for (name, unit) in result.units.sorted(by: { $0.key < $1.key }) {
            guard let expected = units?[name], expected != unit else { continue }
            return .otherUnit(objective: name, unit: unit, expected: expected)
        }
        return result.attachments.lazy.compactMap(\.refusal).first
    }
}

extension Event.Measurement {
    /// The point that was measured: what was really set, or else what the job asked for.
    public func point(of job: Job) -> Point { job.parameters.merging(parameters ?? [:]) { $1 } }
}
