extension Budget {
    /// The names of its limits, as the campaign's file has them.
    public static let limitNames = ["measurements", "attempts", "duration", "target", "cost"]

    /// The word for a limit that is none.
    public static let noLimit = "none"

    /// The budget with other limits, by name, as people type them; those that are not named stay. Throws ``WrongData``, with `place` in it.
    public func with(_ limits: [String: String], at place: String) throws -> Budget {
        var budget = self
        for (name, text) in limits.sorted(by: { $0.key < $1.key }) {
            let isNone = text == Self.noLimit || text.isEmpty
            func count() throws -> Int? {
                let number = try number(text)
                guard let count = Int(exactly: number) else { throw problem("\(text) is no whole number") }
                return count
            }
            func number(_ text: String) throws -> Double {
                do { return try TypedNumber.read(text, unit: nil) } catch { throw problem("\(error)") }
            }
            func problem(_ words: String) -> WrongData { WrongData("\(place): \(name): \(words)") }
            switch name {
            case "measurements": budget.measurements = isNone ? nil : try count()
            case "attempts": budget.attempts = isNone ? nil : try count()
            case "target": budget.target = isNone ? nil : try number(text)
            case "cost": budget.cost = isNone ? nil : try number(text)
            case "duration":
                guard let seconds = isNone ? 1 : parseDuration(text) else {
                    throw problem("\"\(text.prefix(40))\" is no time such as 90 min, 8 h or 2 d")
                }
                budget.duration = isNone ? nil : seconds
            default:
                throw WrongData(
                    "\(place): \"\(name.prefix(40))\" is no limit of a budget (\(Self.limitNames.joined(separator: ", ")))"
                )
            }
        }
        return budget
    }

    /// A limit as it is typed; nil where it is none.
    public func typed(_ name: String) -> String? {
        switch name {
        case "measurements": measurements.map(String.init)
        case "attempts": attempts.map(String.init)
        case "duration": duration.map(durationText)
        case "target": target?.shortest
        case "cost": cost?.shortest
        default: nil
        }
    }

    /// The limits in words, such as `80 measurements, 2 d`.
    public func text(of campaign: Campaign?) -> String {
        let parts = [
            measurements.map { "\($0) measurements" }, attempts.map { "\($0) attempts" }, duration.map(durationText),
            target.map { "until \(campaign?.objectives.first?.name ?? "the target") is \($0.shortest)" },
            cost.map { "at a cost of \(campaign?.cost?.describe($0) ?? $0.shortest)" },
        ]
        let known = parts.compactMap(\.self)
        return known.isEmpty ? "no limit" : known.joined(separator: ", ")
    }
}
