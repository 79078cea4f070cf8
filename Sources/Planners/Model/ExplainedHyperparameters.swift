import Campaigns
import Surrogates

/// What an explanation tells of a model.
extension Explanation.Hyperparameters {
    init(_ model: Model) {
        let (covariance, noise) = (model.mapEstimate.covariance, model.mapEstimate.noise)
        let (warp, parameter): (String, Double?) =
            switch model.transform.warp {
            case .identity: ("identity", nil)
            case .power(let exponent): ("power", exponent)
            case .logarithm(let offset): ("logarithm", offset)
            }
        self.init(
            lengthscales: covariance.lengthscales,
            additiveLengthscales: covariance.additivity > 0 ? covariance.additiveLengthscales : [],
            additivity: covariance.additivity, variance: covariance.variance, noise: noise, warp: warp,
            warpParameter: parameter, samples: model.hyperparameterSamples.count)
    }
}
