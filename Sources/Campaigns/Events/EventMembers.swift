// The bodies that a campaign has most of, as members of their event: read from its container, and so by nobody else.

extension Job {
    /// In a message the id of a job stands under `job`, as in every other message.
    init(members container: KeyedDecodingContainer<Event.Key>) throws {
        self.init(
            id: try container.decode(JobID.self, forKey: .job),
            parameters: try container.decode(Point.self, forKey: .parameters),
            objectives: try container.decode([String].self, forKey: .objectives),
            units: try container.decodeIfPresent([String: String].self, forKey: .units),
            only: try container.decodeIfPresent(Capability.self, forKey: .only),
            origin: try container.decode(Origin.self, forKey: .origin),
            redelivery: try container.decode(WorkerSettings.Redelivery.self, forKey: .redelivery),
            publication: try container.decodeIfPresent(Int.self, forKey: .publication) ?? 1,
            explanation: try container.decodeIfPresent(Explanation.self, forKey: .explanation),
            basis: try container.decodeIfPresent(Basis.self, forKey: .basis),
            planSeconds: try container.decodeIfPresent(Double.self, forKey: .planSeconds),
            repeats: try container.decodeIfPresent(JobID.self, forKey: .repeats),
            samples: try container.decodeIfPresent([Sample].self, forKey: .samples))
    }

    func encode(members container: inout KeyedEncodingContainer<Event.Key>) throws {
        try container.encode(id, forKey: .job)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(objectives, forKey: .objectives)
        try container.encodeIfPresent(units, forKey: .units)
        try container.encodeIfPresent(only, forKey: .only)
        try container.encode(origin, forKey: .origin)
        try container.encode(redelivery, forKey: .redelivery)
        if publication > 1 { try container.encode(publication, forKey: .publication) }
        try container.encodeIfPresent(explanation, forKey: .explanation)
        try container.encodeIfPresent(basis, forKey: .basis)
        try container.encodeIfPresent(planSeconds, forKey: .planSeconds)
        try container.encodeIfPresent(repeats, forKey: .repeats)
        try container.encodeIfPresent(samples, forKey: .samples)
    }
}

extension Event.Start {
    init(members container: KeyedDecodingContainer<Event.Key>) throws {
        self.init(
            job: try container.decode(JobID.self, forKey: .job),
            worker: try container.decode(String.self, forKey: .worker),
            redelivered: try container.decode(Bool.self, forKey: .redelivered),
            publication: try container.decodeIfPresent(Int.self, forKey: .publication))
    }
}

extension Event.Measurement {
    init(members container: KeyedDecodingContainer<Event.Key>) throws {
        self.init(
            job: try container.decode(JobID.self, forKey: .job),
            worker: try container.decode(String.self, forKey: .worker),
            values: try container.decode([String: Double].self, forKey: .values),
            began: try container.decode(Double.self, forKey: .began),
            ended: try container.decode(Double.self, forKey: .ended),
            parameters: try container.decodeIfPresent(Point.self, forKey: .parameters),
            units: try container.decodeIfPresent([String: String].self, forKey: .units),
            attachments: try container.decodeIfPresent([Attachment].self, forKey: .attachments),
            cost: try container.decodeIfPresent(Double.self, forKey: .cost),
            limits: try container.decodeIfPresent([String: Limit].self, forKey: .limits),
            errors: try container.decodeIfPresent([String: Double].self, forKey: .errors))
    }
}
