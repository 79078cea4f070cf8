/// An experiment as text, each value by its name: a row of a table, or what somebody types.
public struct TypedRow {
    private let parameters: [String: String]
    private let values: [String: String]
    private let errors: [String: String]

    /// `errors` are the standard errors that do not stand behind their values.
    public init(_ parameters: [String: String], _ values: [String: String], errors: [String: String] = [:]) {
        (self.parameters, self.values, self.errors) = (parameters, values, errors)
    }

    /// The observation of `campaign` that it is; `asMeasured` it may lie outside the ranges, and between levels. Throws ``WrongData``, with
    /// `place` in it.
    public func observation(
        of campaign: Campaign, at place: String, needsValues: Bool, asMeasured: Bool = false
    ) throws -> Observation {
        var point: Point = [:]
        for (name, text) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let parameter = campaign.space.parameters.first(where: { $0.name == name }) else {
                throw WrongData(place, .unknownParameter(name, known: campaign.space.parameters.map(\.name)))
            }
            if !parameter.isNumeric {
                point[name] = .option(text)
            } else {
                point[name] = .number(try number(text, name, parameter.unit, place))
            }
        }
        let typed = point
        for parameter in campaign.space.parameters where needsValues && point[parameter.name] == nil {
            point[parameter.name] = parameter.earlier
        }
        point = campaign.space.withoutAbsent(point).merging(typed) { $1 }
        let measurement = try self.values(of: campaign, at: place)
        let measured = measurement.values
        let refusal =
            asMeasured
            ? campaign.space.refusal(ofMeasured: point)
            : campaign.space.refusal(of: point, constraintsHold: measured.isEmpty)
        if let refusal { throw WrongData(place, refusal) }
        if needsValues || !measured.isEmpty { try Self.require(measured, of: campaign, at: place) }
        let (limits, errors) = (measurement.limits, measurement.errors)
        return Observation(
            parameters: point, values: measured, limits: limits.isEmpty ? nil : limits,
            errors: errors.isEmpty ? nil : errors)
    }

    /// What was measured, where the point is known. Throws ``WrongData``.
    public func result(of campaign: Campaign, at place: String) throws -> MeasurementResult {
        let result = try self.values(of: campaign, at: place)
        try Self.require(result.values, of: campaign, at: place)
        return result
    }

    private static func require(_ values: [String: Double], of campaign: Campaign, at place: String) throws {
        for objective in campaign.objectives where values[objective.name] == nil {
            throw WrongData(place, .missingObjective(objective.name))
        }
    }

    /// The values that were typed, of some objectives or of all. Throws ``WrongData``.
    public func values(of campaign: Campaign, at place: String) throws -> MeasurementResult {
        var measured: [String: Double] = [:]
        var limits: [String: Limit] = [:]
        var known: [String: Double] = [:]
        for (name, text) in values.sorted(by: { $0.key < $1.key }) {
            guard let objective = campaign.objectives.first(where: { $0.name == name }) else {
                throw WrongData(place, .unknownObjective(name, known: campaign.objectives.map(\.name)))
            }
            let (limit, uncertain) = (Limit.read(text), StandardError.read(text))
            limits[name] = limit?.limit
            measured[name] = try number(uncertain?.value ?? limit?.number ?? text, name, objective.unit, place)
            if let error = uncertain?.error ?? errors[name] {
                known[name] = try number(error, "the error of \(name)", objective.unit, place)
            }
        }
        return MeasurementResult(measured, limits: limits, errors: known)
    }

    private func number(_ text: String, _ name: String, _ unit: String?, _ place: String) throws -> Double {
        do {
            return try TypedNumber.read(text, unit: unit)
        } catch {
            throw WrongData("\(place): \(name): \(error)")
        }
    }
}
