import Campaigns
import Foundation
import Surrogates

/// What is believed of the objective after some observations: Gaussian processes of several likely hyperparameters, in the scale of a
/// warp of the outputs, where smaller is better.
struct Model: Sendable {
    /// To and from the model's scale.
    let transform: OutputTransform
    /// +1 to minimize, -1 to maximize.
    let sign: Double
    /// What the hyperparameters may be, each as likely as the others.
    let hyperparameterSamples: [Hyperparameters]
    /// The most likely hyperparameters.
    let mapEstimate: Hyperparameters
    /// What is known: features (n x d), and values in the model's scale.
    let x: Matrix
    let y: [Double]
    /// What was not as it should be.
    let troubles: Set<Explanation.Trouble>
    let data: TrainingData

    /// The coordinates of what is known.
    var coordinates: [[Double]] { data.coordinates }
    /// Which of the input's observations are known.
    var observations: [Int] { data.indices }

    /// The model of `data` under a fit to it, or to the first part of it.
    init(_ data: TrainingData, _ fit: ModelFit) {
        self.data = data
        sign = data.sign
        transform = OutputTransform(data.values, warp: fit.mapEstimate.warp)
        x = data.x
        y = data.values.map(transform.forward)
        hyperparameterSamples = fit.hyperparameterSamples
        mapEstimate = fit.mapEstimate.hyperparameters
        troubles = fit.troubles
    }

    /// The process that knows the observations, under one sample; nil if the covariance cannot be factored. Cost: n^3 / 3.
    func process(_ sample: Hyperparameters) -> GaussianProcess? {
        let noise = transform.noise(data.values, data.deviations, beside: sample.noise)
        guard data.isCensored else {
            return GaussianProcess(sample.covariance, x: x, values: Matrix(rows: [y]), noise: noise)
        }
        return GaussianProcess(sample.covariance, x: x, values: y, noise: noise, sides: data.sides)
    }

    /// The noise variance of a measurement that is yet to come.
    func noiseToCome(_ sample: Hyperparameters) -> Double {
        transform.meanNoise(data.values, data.deviations, beside: sample.noise)
    }

    /// Whether the model takes the values at two points for the same: the deviation of their difference, before any measurement, is
    /// below a thousandth of the objective's.
    func cannotTellApart(_ one: [Double], _ other: [Double]) -> Bool {
        let covariance = mapEstimate.covariance
        let between = covariance(Matrix(rows: [one]), Matrix(rows: [other]))[0, 0]
        return 2 * (covariance.variance - between) < 1e-6 * covariance.variance
    }

    /// Mean and standard deviation of a normal value of the model's scale, in the objective's own unit: the deviation is half
    /// the distance between the images of one deviation up and down. Infinite where such numbers end.
    func measured(mean: Double, standardDeviation: Double) -> (mean: Double, standardDeviation: Double) {
        let (up, down) = (transform.backward(mean + standardDeviation), transform.backward(mean - standardDeviation))
        return (sign * transform.backward(mean) / data.scale, abs(up - down) / 2 / data.scale)
    }
}
