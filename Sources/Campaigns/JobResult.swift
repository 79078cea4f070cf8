extension Job {
    /// Why `values` are no result of this job, in words; nil if they are one.
    public func objection(to values: [String: Double]) -> String? {
        for objective in objectives {
            guard let value = values[objective] else { return "the result lacks the objective \"\(objective)\"" }
            guard value.isFinite else { return "the result's \"\(objective)\" is \(value), not a finite number" }
        }
        if let foreign = values.keys.sorted().first(where: { !objectives.contains($0) }) {
            return
                "the result has \"\(foreign.prefix(80))\", which is no objective of the campaign (\(objectives.joined(separator: ", ")))"
        }
        return nil
    }
}
