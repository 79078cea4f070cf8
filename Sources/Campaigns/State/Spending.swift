/// What the experiments of a campaign have cost.
extension CampaignState {
    /// What all measured and failed jobs have cost under `campaign`; nil where it does not say what experiments cost.
    public func spent(_ campaign: Campaign) -> Double? {
        campaign.costFunction.map { spent(order, $0) }
    }

    /// What those of some jobs that were measured or failed have cost: what their results say, else what the function says; and each worker's
    /// changes from one to the next, in the order in which it began them. Where neither says anything, as much as the others on average.
    public func spent(_ jobs: [JobID], _ function: CostFunction) -> Double {
        var (sum, known, unknown) = (0.0, 0, 0)
        var made: [String: [(began: Double, point: Point)]] = [:]
        for record in jobs.compactMap({ self.jobs[$0] }) {
            let reported: Double?
            switch record.status {
            // What people asked for or brought in costs the campaign nothing.
            case _ where record.job.origin == .injected: continue
            case .measured(let measurement):
                reported = measurement.cost
                made[measurement.worker, default: []].append((measurement.began, record.job.parameters))
            case .failed(let failure) where failure.began > 0:
                reported = nil
                made[failure.worker, default: []].append((failure.began, record.job.parameters))
            case .ready, .started, .withdrawn, .dead, .failed, .held, .released: continue
            }
            if let cost = reported.map({ max(0, $0) }) ?? function.ofExperiment(at: record.job.parameters) {
                sum += cost
                known += 1
            } else {
                unknown += 1
            }
        }
        if known > 0 { sum += sum / Double(known) * Double(unknown) }
        // In one order always: a sum depends on it in its last digits.
        for (_, experiments) in made.sorted(by: { $0.key < $1.key }) {
            let points = experiments.sorted { $0.began < $1.began }.map(\.point)
            for (one, next) in zip(points, points.dropFirst()) { sum += function.ofChange(from: one, to: next) }
        }
        return sum
    }
}
