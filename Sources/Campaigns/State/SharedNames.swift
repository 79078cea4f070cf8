extension CampaignState {
    /// Tolerated clock adjustment of a running worker, in seconds.
    private static let clockError = 1.0

    /// Whether a measurement tells of a second worker of one name. A worker has one job at a time: a name that began a second job during a measurement, by
    /// its own clock, stands for two workers.
    func isOfSecondWorker(_ measurement: Event.Measurement) -> Bool {
        let worker = measurement.worker
        guard let other = lastJobs[worker], other != message(of: measurement.job),
            case .started(worker, let since)? = experiments(of: other).compactMap({ jobs[$0]?.status })
                .first(where: \.isOpen)
        else { return false }
        return since > measurement.began + Self.clockError && since < measurement.ended - Self.clockError
    }

    /// The warning for two workers with one name.
    public static func message(forSharedName worker: String) -> String {
        "two workers at once call themselves \(worker): give each its own --name, or it cannot be told who has which job"
    }
}
