import Campaigns

extension Observation {
    /// A value as people type it: with its limit, or its standard error; nil where there is none.
    public func typed(_ objective: String) -> String? {
        values[objective].map { value in
            (limits?[objective].map { "\($0.sign) " } ?? "") + value.shortest
                + (errors?[objective].map { " +- \($0.shortest)" } ?? "")
        }
    }
}
