import Foundation

/// The hyperparameters of a Gaussian process.
public struct Hyperparameters: Sendable, Hashable {
    /// The covariance without noise.
    public let covariance: Covariance
    /// The variance of the observations' noise.
    public let noise: Double

    /// The given hyperparameters.
    public init(covariance: Covariance, noise: Double) {
        self.covariance = covariance
        self.noise = noise
    }

    /// Where each hyperparameter, and the parameter of the outputs' warp, stand in a vector of unbounded parameters.
    public struct Layout: Sendable, Hashable {
        /// How the distance in each feature is measured.
        public let metrics: [Covariance.Metric]
        /// Whether there is an additive part; with one feature it would be the joint one again.
        public let isAdditive: Bool

        /// The layout for features of the given kinds.
        public init(metrics: [Covariance.Metric], additive: Bool) {
            self.metrics = metrics
            isAdditive = additive && metrics.count > 1
        }

        private var d: Int { metrics.count }
        /// log l.
        public var lengthscales: Range<Int> { 0..<d }
        /// log q.
        public var additiveLengthscales: Range<Int> { d..<(isAdditive ? 2 * d : d) }
        /// The logit of the additive part's share.
        public var additivity: Int? { isAdditive ? 2 * d : nil }
        /// log s^2.
        public var variance: Int { isAdditive ? 2 * d + 1 : d }
        /// The logarithm of the noise variance.
        public var noise: Int { variance + 1 }
        /// The warp's parameter.
        public var warp: Int { variance + 2 }
        /// How many parameters there are.
        public var count: Int { variance + 3 }

        /// The hyperparameters of a vector of parameters.
        public func hyperparameters(_ parameters: [Double]) -> Hyperparameters {
            Hyperparameters(
                covariance: Covariance(
                    metrics: metrics, lengthscales: parameters[lengthscales].map { exp($0) },
                    variance: exp(parameters[variance]),
                    additiveLengthscales: isAdditive ? parameters[additiveLengthscales].map { exp($0) } : nil,
                    additivity: additivity.map { 1 / (1 + exp(-parameters[$0])) } ?? 0),
                noise: exp(parameters[noise]))
        }
    }
}
