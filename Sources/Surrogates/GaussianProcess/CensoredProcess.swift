/// Values of which some are limits only teach as bounds (a Tobit likelihood), not as numbers.
extension GaussianProcess {
    /// On which side of its number a value lies.
    public enum Side: Sendable, Hashable {
        case below, above
    }

    /// The process that knows values at the rows of `x` (n x d), where `sides` says which of them are limits only. The mean is that of the others,
    /// unless there are none. Nil if a covariance cannot be factored. Cost: some 20 n^3.
    public init?(_ covariance: Covariance, x: Matrix, values: [Double], noise: [Double], sides: [Side?]) {
        let known = sides.indices.filter { sides[$0] == nil }
        guard known.count < sides.count else {
            self.init(covariance, x: x, values: Matrix(rows: [values]), noise: noise)
            return
        }
        var mean = values.reduce(0, +) / Double(max(1, values.count))
        if !known.isEmpty {
            guard
                let process = GaussianProcess(
                    covariance, x: Matrix(rows: known.map { Array(x.row($0)) }),
                    values: Matrix(rows: [known.map { values[$0] }]), noise: known.map { noise[$0] })
            else { return nil }
            mean = process.mean
        }
        let sites = sides.indices.map { index -> ExpectationPropagation.Site in
            sides[index].map { .side(isAbove: $0 == .above, threshold: values[index], noise: noise[index]) }
                ?? .value(values[index], noise: noise[index])
        }
        guard let pseudo = ExpectationPropagation.pseudoData(covariance, x: x, sites: sites, mean: mean) else {
            return nil
        }
        let all = sides.indices.map {
            sides[$0] == nil ? (values[$0], noise[$0]) : (pseudo.values[$0], pseudo.noise[$0])
        }
        self.init(covariance, x: x, values: Matrix(rows: [all.map(\.0)]), noise: all.map(\.1), mean: mean)
    }
}
