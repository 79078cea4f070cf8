import Surrogates

/// What a search maximizes: how much a measurement at a point is worth, by a model of what is known.
protocol AcquisitionFunction: Sendable {
    /// The values at the rows of `features` (m x d).
    func values(_ features: Matrix) -> [Double]
    /// The value at one point, and its gradient by the features.
    func value(at features: [Double]) -> (value: Double, gradient: [Double])
    /// A cheaper function that ranks points much alike, by `count` samples of the hyperparameters; nil where there are no more.
    func screening(by count: Int) -> Self?
}
