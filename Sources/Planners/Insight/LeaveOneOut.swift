import Surrogates

extension ModelInsight {
    /// An observation, and what the others predict of it.
    public struct LeftOut: Sendable {
        /// Which of the input's observations.
        public let observation: Int
        public let measured: Double
        /// With the noise of one measurement.
        public let predicted: Belief
        /// How far it is off, in standard deviations, in the scale of the model.
        public let deviations: Double
    }

    /// Every observation that the model knows, predicted by the others under the most likely hyperparameters (Rasmussen and Williams 2006, section
    /// 5.4.2). Empty where a covariance cannot be factored. Cost: n^3.
    public var leftOut: [LeftOut] {
        guard let process = model.process(model.mapEstimate) else { return [] }
        return process.errorsOfOthers.enumerated().compactMap { index, one in
            let deviation = one.variance.squareRoot()
            guard deviation > 0, model.data.sides[index] == nil else { return nil }
            return LeftOut(
                observation: model.observations[index],
                measured: model.sign * model.data.values[index] / model.data.scale,
                predicted: belief(mean: model.y[index] - one.error, standardDeviation: deviation),
                deviations: one.error / deviation)
        }
    }
}
