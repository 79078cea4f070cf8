/// A fitted model, as acquisition functions see it: what it predicts, in its own scale, where smaller is better.
///
/// Several columns of values may share the known points: the fantasies of what pending experiments will bring.
public protocol SurrogateModel: Sendable {
    /// The means at the known points themselves, without their noise: k x n, a row for each column of values.
    var knownMeans: Matrix { get }
    /// The means (k x m) and the variances (m) at the rows of `points` (m x d).
    func posterior(_ points: Matrix) -> (means: Matrix, variances: [Double])
    /// What was added to the diagonal beyond the noise to make the covariance positive definite.
    var jitter: Double { get }
    /// The posterior at one point, with the gradients that a search needs.
    func posterior(at point: [Double]) -> PointPosterior
}

extension GaussianProcess: SurrogateModel {}
