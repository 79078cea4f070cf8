/// Results that people corrected.
extension CampaignState {
    /// The correction that counts for a job; nil where its result stands as it came.
    public func correction(of job: JobID) -> Event.Correction? { corrections.last { $0.job == job } }

    /// The first `count` observations as they were when the first `known` corrections were known. Cost: O(count) where there were later ones.
    public func observations(first count: Int, corrections known: Int) -> ArraySlice<Observation> {
        let first = observations.prefix(count)
        let later = Set(corrections.dropFirst(known).map(\.job))
        guard !later.isEmpty else { return first }
        let earlier = corrections.prefix(known)
        return first.map { observation in
            guard let job = observation.job, later.contains(job), let measurement = jobs[job]?.measurement else {
                return observation
            }
            let original = observation.with(measurement.values, measurement.limits, measurement.errors)
            return earlier.last { $0.job == job }.map(original.corrected) ?? original
        }[...]
    }
}

extension Observation {
    /// The same observation with the values that a person says are right.
    func corrected(by correction: Event.Correction) -> Observation {
        with(correction.values, correction.limits, correction.errors)
    }

    fileprivate func with(
        _ values: [String: Double], _ limits: [String: Limit]?, _ errors: [String: Double]?
    ) -> Observation {
        Observation(
            job: job, parameters: parameters, values: values, asked: asked, cost: cost, limits: limits, errors: errors)
    }
}
