extension Campaign {
    /// Why an experiment is none of this campaign, in words; nil if it is one.
    public func objection(to injection: Event.Injection) -> String? {
        let job = Job(id: injection.job, parameters: injection.parameters, of: self)
        return space.objection(to: injection.parameters) ?? injection.values.flatMap { job.objection(to: $0) }
    }
}

extension Job {
    /// Why `result` is no result of this job, in words; nil if it is one.
    public func objection(to result: MeasurementResult) -> String? {
        objection(to: result.values) ?? objection(toUnits: result.units)
            ?? result.attachments.lazy.compactMap(\.objection).first
    }

    /// Why `given` are not the units of this job's objectives, in words; nil if they are, or nothing is known of them.
    func objection(toUnits given: [String: String]) -> String? {
        for (name, unit) in given.sorted(by: { $0.key < $1.key }) {
            guard let wanted = units?[name], wanted != unit else { continue }
            return
                "the result's \"\(name.prefix(80))\" is in \(unit.prefix(40)), and the campaign measures it in \(wanted)"
        }
        return nil
    }

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
